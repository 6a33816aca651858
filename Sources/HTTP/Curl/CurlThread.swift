import CCurl
import Glibc
import Model

/// The thread that owns a client's curl handles.
enum CurlThread {
    private final class Start {
        let inbox: Inbox
        let options: HTTPClient.Options
        init(inbox: Inbox, options: HTTPClient.Options) {
            self.inbox = inbox
            self.options = options
        }
    }

    /// Initialised once for the process, before any thread uses curl.
    private static let library = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    static func start(inbox: Inbox, options: HTTPClient.Options) throws(StrataError) {
        guard library == CURLE_OK else { throw StrataError(.tool, "libcurl does not start: \(library.text)") }
        let context = Unmanaged.passRetained(Start(inbox: inbox, options: options)).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, body, context)
        guard status == 0 else {
            Unmanaged<Start>.fromOpaque(context).release()
            throw StrataError(.tool, "no thread for the HTTP client: \(String(cString: strerror(status)))")
        }
        pthread_detach(thread)
    }

    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        // With NOSIGNAL curl leaves SIGPIPE to us, instead of changing it for the whole process around its calls; a
        // signal that is blocked here stays with this thread.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        CurlLoop(inbox: start.inbox, options: start.options).run()
        return nil
    }
}

extension CURLcode {
    var text: String { String(cString: curl_easy_strerror(self)) }
}
