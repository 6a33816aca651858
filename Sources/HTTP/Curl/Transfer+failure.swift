import CCurl
import Model

extension Transfer {
    /// What a failed transfer means to the caller.
    func explain(_ code: CURLcode) -> StrataError {
        switch code {
        case CURLE_OPERATION_TIMEDOUT where departures == 0:
            error(.timedOut, "no connection within \(request.deadlines.connect.text)", code)
        case CURLE_OPERATION_TIMEDOUT:
            error(.timedOut, "not finished within \((request.deadlines.total ?? .zero).text)", code)
        case CURLE_PEER_FAILED_VERIFICATION:
            error(
                .connection, "the server's certificate is not trusted", code,
                hint: "if a proxy or a private index has its own authority, name its file in SSL_CERT_FILE")
        case CURLE_SSL_CACERT_BADFILE:
            error(.configuration, "the file of certificate authorities cannot be read", code)
        case CURLE_COULDNT_RESOLVE_HOST: error(.connection, "the host's name is unknown", code)
        case CURLE_COULDNT_RESOLVE_PROXY: error(.connection, "the proxy's name is unknown", code)
        case CURLE_COULDNT_CONNECT: error(.connection, "no connection", code)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR: error(.connection, "the connection broke", code)
        case CURLE_PARTIAL_FILE:
            error(.connection, "the answer ended early, after \(download.receivedCount.bytes) bytes", code)
        case CURLE_TOO_MANY_REDIRECTS: error(.unavailable, "too many redirects", code)
        case CURLE_UNSUPPORTED_PROTOCOL where download.isRedirect:
            error(.refused, "a redirect leads away from \(request.url.prefix { $0 != ":" })", code)
        case CURLE_UNSUPPORTED_PROTOCOL where departures > 0: error(.unavailable, "the answer is not HTTP", code)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: error(.configuration, "the URL is malformed", code)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            error(.unavailable, "the answer is not valid HTTP", code)
        default: error(.connection, "the transfer failed", code)
        }
    }

    /// Nothing came or went for as long as the caller allows.
    var stalled: StrataError {
        error(
            .timedOut,
            "no progress for \(request.deadlines.stall.text), after \(download.receivedCount.bytes) bytes of the answer",
            CURLE_OPERATION_TIMEDOUT)
    }

    /// A kept connection died after the request went out.
    var lostAnswer: StrataError { error(.connection, "the connection broke before the answer", CURLE_GOT_NOTHING) }

    private func error(
        _ code: StrataError.Code, _ what: String, _ curl: CURLcode, hint: String? = nil
    ) -> StrataError {
        let said = String(cString: errorText)
        return StrataError(
            code, "\(HTTPRequest.redacted(request.url)): \(what)", hint: hint,
            // A server that never got the whole request cannot have acted on it.
            cause: TransportFailure(
                mayHaveTakenEffect: departures > 0 && upload.wasTaken, detail: said.isEmpty ? curl.text : said))
    }
}
