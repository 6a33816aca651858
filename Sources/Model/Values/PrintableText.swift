/// What strangers wrote, made fit to be shown.
extension String {
    /// Without control characters and marks of direction, which could forge a terminal's lines, and cut to a length.
    package func printable(_ limit: Int) -> String {
        let clean = unicodeScalars.lazy.map { $0.isPlain ? $0 : " " }
        return String(String.UnicodeScalarView(clean.prefix(limit))).trimmingSpaces
    }

    package func isPrintable(_ limit: Int) -> Bool {
        unicodeScalars.count <= limit && unicodeScalars.allSatisfy(\.isPlain)
    }

    /// With what Markdown and HTML would act on escaped.
    package var escapedForMarkdown: String {
        unicodeScalars.map { scalar in
            "\\`*_{}[]()#+-.!|<>&~".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
        }.joined()
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
