import CCurl
import Model

/// One request on the wire: a curl handle, what has been sent and what has arrived.
///
/// It belongs to the curl thread. curl's callbacks reach it through an unretained pointer, which is valid because the
/// loop holds the transfer until it has removed the handle.
final class Transfer {
    let ticket: Ticket
    let waiter: Inbox.Waiter
    let easy: UnsafeMutableRawPointer
    let upload: Upload
    var download: Incoming
    /// Why a callback ended the transfer; it says more than curl's code.
    var failure: StrataError?
    /// How often a request was about to go out: more than once after a redirect, or when curl repeats it.
    var departures = 0
    var lastProgress = ContinuousClock.now
    /// Freed with the transfer: curl reads the list and writes the text while the handle lives.
    var headerList: UnsafeMutablePointer<curl_slist>?
    let errorText: UnsafeMutablePointer<CChar>

    var request: HTTPRequest { ticket.request }

    init(_ ticket: Ticket, _ waiter: Inbox.Waiter, options: HTTPClient.Options) throws(StrataError) {
        self.ticket = ticket
        self.waiter = waiter
        upload = try Upload(ticket.request.body)
        download = Incoming(ticket.request)
        guard let easy = curl_easy_init() else { throw StrataError(.tool, "libcurl gives no handle") }
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure(options)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// When silence becomes a failure. Before the connection is made, curl's own deadline holds.
    var stallsAt: ContinuousClock.Instant? {
        departures > 0 ? lastProgress + request.deadlines.stall : nil
    }

    /// The answer, once curl says that the transfer is over.
    func result(_ code: CURLcode) -> Result<HTTPResponse, StrataError> {
        if let failure { return .failure(failure) }
        guard code == CURLE_OK else { return .failure(explain(code)) }
        do throws(StrataError) {
            var response = try download.finish(url: effectiveURL)
            response.redirect = redirectURL
            return .success(response)
        } catch {
            return .failure(error)
        }
    }

    /// Where a redirect leads that was not followed.
    private var redirectURL: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard ccurl_get_string(easy, CURLINFO_REDIRECT_URL, &text) == CURLE_OK, let text else { return nil }
        return String(cString: text)
    }

    /// Where the answer comes from, after redirects.
    var effectiveURL: String {
        var text: UnsafeMutablePointer<CChar>?
        guard ccurl_get_string(easy, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK, let text else { return request.url }
        return String(cString: text)
    }
}
