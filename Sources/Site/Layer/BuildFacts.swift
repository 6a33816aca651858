import Model

/// What is to be told of a build besides its contents: what the checks found, and who vouches for it.
///
/// A line is shown on the build's page in the order given here. What is learnt of builds later adds its lines here.
struct BuildFact {
    enum Tone: String {
        /// Worth knowing.
        case note
        case warning
        case error
        /// Something that speaks for the build.
        case good
    }

    /// What it is about: `Missing module`.
    let title: String
    /// One line. Strangers may have written it.
    let text: String
    var tone = Tone.note
    /// A file of the site that holds more, from its root.
    var file: String?

    static func facts(of build: Build) -> [BuildFact] { findings(of: build) }

    /// The worst first, as the checks sort them.
    private static func findings(of build: Build) -> [BuildFact] {
        (build.artifact?.findings ?? []).sorted { $0.verdict > $1.verdict }.map { finding in
            let title = finding.rule.rawValue.replacing("-", with: " ")
            let waived = finding.waived.map { " (accepted: \($0))" } ?? ""
            return BuildFact(
                title: title.prefix(1).uppercased() + title.dropFirst(),
                text: (finding.wheel.map { "\($0): " } ?? "") + finding.message + waived,
                tone: finding.waived != nil || finding.verdict == .note
                    ? .note : finding.verdict == .error ? .error : .warning)
        }
    }

    var view: View {
        [.title: .text(title), .text: .text(Words.short(text)), .tone: .text(tone.rawValue), .file: .text(file)]
    }
}
