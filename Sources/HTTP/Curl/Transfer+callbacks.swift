import CCurl
import Glibc
import Model

/// curl's way back into Swift. A callback that fails notes why in the transfer and makes curl stop.
extension Transfer {
    func setCallbacks() throws(StrataError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
        try check(ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, onHeader))
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
        try check(ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, onBody))
        try check(ccurl_set_pointer(easy, CURLOPT_READDATA, context))
        try check(ccurl_set_data_callback(easy, CURLOPT_READFUNCTION, onUpload))
        try check(ccurl_set_pointer(easy, CURLOPT_SEEKDATA, context))
        try check(ccurl_set_seek_callback(easy, onSeek))
        try check(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, context))
        try check(ccurl_set_connected_callback(easy, onDeparture))
    }

    fileprivate static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs a callback's work.
    ///
    /// - Returns: `onFailure` after noting what was thrown.
    fileprivate func attempt(orElse onFailure: Int, _ work: () throws(StrataError) -> Int) -> Int {
        lastProgress = .now
        do throws(StrataError) {
            return try work()
        } catch {
            failure = failure ?? error
            return onFailure
        }
    }
}

private let onHeader: ccurl_data_callback = { data, size, count, context in
    guard let transfer = Transfer.at(context), let data else { return 0 }
    return transfer.attempt(orElse: 0) { () throws(StrataError) in
        try transfer.download.header(UnsafeRawBufferPointer(start: data, count: size * count))
        return size * count
    }
}

private let onBody: ccurl_data_callback = { data, size, count, context in
    guard let transfer = Transfer.at(context), let data else { return Int(CURL_WRITEFUNC_ERROR) }
    return transfer.attempt(orElse: Int(CURL_WRITEFUNC_ERROR)) { () throws(StrataError) in
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        try transfer.download.receive(bytes, url: transfer.effectiveURL)
        return size * count
    }
}

private let onUpload: ccurl_data_callback = { data, size, count, context in
    guard let transfer = Transfer.at(context), let data else { return Int(CURL_READFUNC_ABORT) }
    return transfer.attempt(orElse: Int(CURL_READFUNC_ABORT)) { () throws(StrataError) in
        try transfer.upload.read(into: UnsafeMutableRawBufferPointer(start: data, count: size * count))
    }
}

private let onSeek: ccurl_seek_callback = { context, offset, origin in
    guard let transfer = Transfer.at(context), origin == SEEK_SET, transfer.upload.seek(to: Int(offset)) else {
        return CURL_SEEKFUNC_FAIL
    }
    return CURL_SEEKFUNC_OK
}

/// The connection stands and the request is about to go out. curl comes here again when it repeats a request on a
/// fresh connection because a kept one died without an answer: what must not be doubled stops here.
private let onDeparture: ccurl_connected_callback = { context, _, _, _, _ in
    guard let transfer = Transfer.at(context) else { return CURL_PREREQFUNC_ABORT }
    transfer.lastProgress = .now
    if case .refused = transfer.request.redirects, !transfer.request.isRepeatable, transfer.departures > 0 {
        transfer.failure = transfer.lostAnswer
        return CURL_PREREQFUNC_ABORT
    }
    transfer.departures += 1
    return CURL_PREREQFUNC_OK
}
