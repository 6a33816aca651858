import Model

extension String {
    /// Without control characters and marks of direction, which could forge a terminal's lines, and cut to a length.
    func printable(_ limit: Int) -> String {
        let clean = unicodeScalars.lazy.map { $0.isPlain ? $0 : " " }
        return String(String.UnicodeScalarView(clean.prefix(limit))).trimmingSpaces
    }

    func isPrintable(_ limit: Int) -> Bool {
        unicodeScalars.count <= limit && unicodeScalars.allSatisfy(\.isPlain)
    }
}

extension Unicode.Scalar {
    fileprivate var isPlain: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
        default: true
        }
    }
}

extension WorkerProtocol.Failure {
    /// The same in texts that can be shown.
    var printable: WorkerProtocol.Failure {
        var error = StrataError(code, message.printable(2000), hint: hint?.printable(1000))
        error.place.file = place.file?.printable(500)
        error.place.operation = place.operation?.printable(100)
        return WorkerProtocol.Failure(error, details: details.prefix(20).map { $0.printable(1000) })
    }
}
