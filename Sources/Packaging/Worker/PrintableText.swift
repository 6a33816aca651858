import Model

extension WorkerProtocol.Failure {
    /// The same in texts that can be shown.
    var printable: WorkerProtocol.Failure {
        var error = StrataError(code, message.printable(2000), hint: hint?.printable(1000))
        error.place.file = place.file?.printable(500)
        error.place.operation = place.operation?.printable(100)
        return WorkerProtocol.Failure(error, details: details.prefix(20).map { $0.printable(1000) })
    }
}
