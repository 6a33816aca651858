import CCurl
import Model

extension Transfer {
    /// Says to curl what the request says. Whatever could make curl do more than was asked is set here.
    ///
    /// - Throws: `.configuration` for a value that curl refuses.
    func configure(_ options: HTTPClient.Options) throws(StrataError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_NOSIGNAL, 1)
        // Without it, cancelling during a name lookup would block the thread until the resolver gives up.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_USERAGENT, options.userAgent)
        try set(CURLOPT_BUFFERSIZE, 128 << 10)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
        // Shorter than servers usually keep them, so that a kept connection is rarely a dead one.
        try set(CURLOPT_MAXAGE_CONN, 50)
        try set(
            CURLOPT_HTTP_VERSION, request.allowsHTTP2 ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1))
        if request.acceptsGzip { try set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        if let authorities = request.authorities ?? options.authorities { try set(CURLOPT_CAINFO, authorities) }
        try setMethod()
        try setHeaders()
        try setDeadlines()
        try setRoute()
        try setCallbacks()
    }

    private func setMethod() throws(StrataError) {
        if upload.length > 0 || [.post, .put].contains(request.method) {
            try set(CURLOPT_UPLOAD, 1)
            try check(ccurl_set_off(easy, CURLOPT_INFILESIZE_LARGE, upload.length))
        }
        if request.method == .head { try set(CURLOPT_NOBODY, 1) }
        try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }

    private func setHeaders() throws(StrataError) {
        // An empty `Expect:` removes curl's own, which costs a round trip, or a second of waiting.
        let lines = request.headers.fields.map { name, value in value.isEmpty ? "\(name);" : "\(name): \(value)" }
        for line in ["Expect:"] + lines {
            guard let list = curl_slist_append(headerList, line) else { throw StrataError(.tool, "out of memory") }
            headerList = list
        }
        try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, headerList))
    }

    private func setDeadlines() throws(StrataError) {
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.deadlines.connect.milliseconds)
        if let total = request.deadlines.total { try set(CURLOPT_TIMEOUT_MS, total.milliseconds) }
    }

    private func setRoute() throws(StrataError) {
        switch request.proxy {
        case .environment: break
        case .direct: try set(CURLOPT_PROXY, "")
        case .url(let url):
            try set(CURLOPT_PROXY, url)
            try set(CURLOPT_NOPROXY, "")
        }
        if case .followed(let limit) = request.redirects {
            try set(CURLOPT_FOLLOWLOCATION, 1)
            try set(CURLOPT_MAXREDIRS, limit)
            try set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.hasPrefix("https:") ? "https" : "http,https")
        }
        if let netrc = request.netrc {
            try set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue))
            try set(CURLOPT_NETRC_FILE, netrc)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(StrataError) {
        try check(ccurl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(StrataError) {
        try check(ccurl_set_string(easy, option, value))
    }

    func check(_ code: CURLcode) throws(StrataError) {
        guard code == CURLE_OK else {
            throw StrataError(.configuration, "libcurl cannot do this request: \(code.text)")
        }
    }
}
