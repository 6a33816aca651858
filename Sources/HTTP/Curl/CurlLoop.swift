import CCurl
import Model

/// Drives all transfers of one client. It lives and dies on the client's thread.
///
/// A transfer is in exactly one place, `line` or `active`, and its waiter is resumed when it is taken out of it, which
/// is why each is resumed exactly once.
final class CurlLoop {
    private let inbox: Inbox
    private let options: HTTPClient.Options
    private let multi: UnsafeMutableRawPointer?
    private var line: WaitingLine<(ticket: Ticket, waiter: Inbox.Waiter)>
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]

    init(inbox: Inbox, options: HTTPClient.Options) {
        self.inbox = inbox
        self.options = options
        line = WaitingLine(limits: options.limits)
        multi = curl_multi_init()
        // Idle connections to keep: those of all regions and services that a run talks to.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(256, options.limits.inFlight * 2))
    }

    deinit { curl_multi_cleanup(multi) }

    /// Returns when the inbox is closed and everybody has been answered.
    func run() {
        while true {
            let (messages, isLast) = inbox.take()
            for message in messages { receive(message) }
            if isLast { return endAll(.clientClosed) }
            while let next = line.next() { start(next.ticket, next.waiter) }
            if !turn() { inbox.close() }
        }
    }

    private func receive(_ message: Inbox.Message) {
        switch message {
        case .start(let ticket, let waiter):
            if ticket.isCancelled.load(ordering: .acquiring) {
                waiter.resume(returning: .failure(.cancelled))
            } else {
                line.add((ticket, waiter), host: ticket.host)
            }
        case .cancel(let ticket):
            if let waiting = line.withdraw(host: ticket.host, where: { $0.ticket === ticket }) {
                waiting.waiter.resume(returning: .failure(.cancelled))
            } else if let transfer = active.values.first(where: { $0.ticket === ticket }) {
                end(transfer, .failure(.cancelled))
            }
        }
    }

    private func start(_ ticket: Ticket, _ waiter: Inbox.Waiter) {
        do throws(StrataError) {
            let transfer = try Transfer(ticket, waiter, options: options)
            let status = curl_multi_add_handle(multi, transfer.easy)
            guard status == CURLM_OK else {
                throw StrataError(.tool, "libcurl: \(String(cString: curl_multi_strerror(status)))")
            }
            active[transfer.easy] = transfer
        } catch {
            line.finish(host: ticket.host)
            waiter.resume(returning: .failure(error))
        }
    }

    /// Lets curl work, ends what is over, and sleeps until something happens.
    ///
    /// - Returns: false if curl cannot go on.
    private func turn() -> Bool {
        var running: Int32 = 0
        guard curl_multi_perform(multi, &running) == CURLM_OK else { return false }
        if endFinished() || endStalled() { return true }
        var wake = curl_waitfd(fd: inbox.descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        return curl_multi_poll(multi, &wake, 1, Int32(patience.milliseconds), nil) == CURLM_OK
    }

    private func endFinished() -> Bool {
        var ended = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = active[easy]
            else { continue }
            end(transfer, transfer.result(ccurl_message_result(message)))
            ended = true
        }
        return ended
    }

    private func endStalled() -> Bool {
        let now = ContinuousClock.now
        let stalled = active.values.filter { transfer in transfer.stallsAt.map { $0 <= now } ?? false }
        for transfer in stalled { end(transfer, .failure(transfer.stalled)) }
        return !stalled.isEmpty
    }

    /// Until the next transfer may be called stalled. curl knows its own deadlines.
    private var patience: Duration {
        let next = active.values.lazy.compactMap(\.stallsAt).min()
        return min(.seconds(60), next.map { ContinuousClock.now.duration(to: $0) } ?? .seconds(60))
    }

    /// Answers the waiter after curl has let go of the transfer, so that its connection is free for the next.
    private func end(_ transfer: Transfer, _ result: Result<HTTPResponse, StrataError>) {
        curl_multi_remove_handle(multi, transfer.easy)
        active[transfer.easy] = nil
        line.finish(host: transfer.ticket.host)
        transfer.waiter.resume(returning: result)
    }

    private func endAll(_ error: StrataError) {
        for transfer in Array(active.values) { end(transfer, .failure(error)) }
        for waiting in line.drain() { waiting.waiter.resume(returning: .failure(error)) }
    }
}

extension StrataError {
    static let cancelled = StrataError(.cancelled, "cancelled")
}
