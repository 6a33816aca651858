import Model

/// The answer to a question about advisories: of the packages that were asked about, in texts that can be shown.
struct AuditAnswers: WorkerAnswers {
    private let packages: Set<PinnedPackage>
    private var answer: Result<AdvisoryReport, StrataError>?

    init(_ packages: [PinnedPackage]) { self.packages = Set(packages) }

    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError) {
        guard self.answer == nil else { throw refused("two answers to one question") }
        switch answer {
        case .audited(let report):
            guard report.advisories.count <= AdvisorySearch.most, report.advisories.allSatisfy(isBelievable) else {
                throw refused("advisories about what nobody asked for")
            }
            self.answer = .success(
                AdvisoryReport(
                    advisories: report.advisories, warnings: report.warnings.prefix(10).map { $0.printable(1000) }))
        case .notAudited(let failure): self.answer = .failure(failure.printable.error)
        default: throw refused("an answer to another question")
        }
    }

    func checkComplete() throws(StrataError) {
        guard answer != nil else { throw refused("it is missing") }
    }

    func report() throws(StrataError) -> AdvisoryReport {
        guard let answer else { throw refused("it is missing") }
        return try answer.get()
    }

    private func isBelievable(_ advisory: Advisory) -> Bool {
        packages.contains(PinnedPackage(advisory.package, advisory.version))
            && ([advisory.id] + advisory.aliases + advisory.fixed).allSatisfy { !$0.isEmpty && $0.isPrintable(64) }
            && advisory.aliases.count <= 20 && advisory.fixed.count <= 5 && (advisory.summary ?? "").isPrintable(200)
    }

    private func refused(_ why: String) -> StrataError {
        StrataError(.inconsistent, "the worker's answer is refused: \(why)")
    }
}
