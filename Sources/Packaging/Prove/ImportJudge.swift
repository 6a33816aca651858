import Model

/// What follows from a probe's answers.
///
/// An error is what no function can import that asks for the package: its own module, or all of its modules, or one that
/// the maintainer named; and a library that is missing for the module of the same name in it. Others that it brings may
/// be for those who have more, and are warnings.
struct ImportJudge {
    let wanted: Wanted
    let order: BuildOrder
    let place: Checks.Imports.Place
    /// The interpreter's version.
    let python: String
    let patience: Duration
    /// Why all of it means less than it seems.
    var reservation: String?
    /// Why a failure says nothing about the target, by its words and the module that was not found; nil if it does.
    var excuse: (_ failure: String, _ missing: String?) -> String? = { _, _ in nil }

    func judge(_ answers: [ProbeAnswer], complaint: String) -> ([Finding], ImportProof?) {
        var findings: [Finding] = []
        var remarks = reservation.map { [$0] } ?? []
        if answers.count < wanted.modules.count {
            let why = complaint.isEmpty ? "it ended early" : complaint
            remarks.append("the probe did not answer for '\(wanted.modules[answers.count])': \(why)")
        }
        var failures: [String: ProbeAnswer] = [:]
        for answer in answers where answer.failure != nil || answer.isLate {
            if let excuse = excuse(answer.failure ?? "", answer.missing) ?? excuse(answer) {
                remarks.append("'\(answer.module)' could not be tried: \(excuse)")
            } else {
                failures[answer.module] = answer
            }
        }
        let errors = Set(failures.keys.filter { isError($0, failures) })
        for (module, answer) in failures.sorted(by: { $0.key < $1.key }) {
            findings.append(finding(module, answer, isError: errors.contains(module)))
        }
        let remark = remarks.isEmpty ? nil : remarks.prefix(3).joined(separator: "; ").printable(900)
        if let remark { findings.append(Finding(.imports, .note, "not tested fully: \(remark)")) }
        let proof = ImportProof(
            place, python: python, modules: answers.count, remark: remark,
            milliseconds: answers.map(\.milliseconds).max(), memory: answers.map(\.memory).max())
        return (findings, proof)
    }

    /// Layers that it is used with are not there.
    private func excuse(_ answer: ProbeAnswer) -> String? {
        guard let missing = answer.missing, order.held?.isEmpty == false else { return nil }
        return "it needs '\(missing)', which the layers that it is used with may bring"
    }

    private func isError(_ module: String, _ failures: [String: ProbeAnswer]) -> Bool {
        guard !wanted.isNamed, let package = wanted.packages[module] else { return true }
        if Self.isInner(module) { return Self.lacksLibrary(failures[module]) }
        let all = wanted.modules.filter { wanted.packages[$0] == package && !Self.isInner($0) }
        if let own = all.first(where: { PackageName($0.replacing(".", with: "-")) == package }) { return own == module }
        return all.allSatisfy { failures[$0] != nil }
    }

    /// Whether it is `package.package`.
    private static func isInner(_ module: String) -> Bool {
        let parts = module.split(separator: ".")
        return parts.count == 2 && parts[0] == parts[1]
    }

    private static func lacksLibrary(_ answer: ProbeAnswer?) -> Bool {
        ["shared object file", "shared library", "cannot load library"].contains {
            answer?.failure?.contains($0) == true
        }
    }

    private func finding(_ module: String, _ answer: ProbeAnswer, isError: Bool) -> Finding {
        let package = wanted.packages[module]
        let wheel = package.flatMap { order.lock.wheel(of: $0) }
        let whose = wheel.map { " of \($0.package) \($0.version)" } ?? ""
        let why = answer.failure ?? "it did not end within \(patience)"
        let isFar = self.place == .lambda
        let place = isFar ? "in Lambda" : reservation == nil ? "in the sandbox" : "on this machine"
        let retry = isFar ? "if it is chance" : "if only this machine is to blame"
        return Finding(
            .imports, isError ? .error : .warning,
            "'\(module)'\(whose) cannot be imported by Python \(python) \(place): \(why)",
            hint: isError
                ? "if functions can do without it, write 'imports: { skip: [\(module)] }' beside the layer; \(retry), "
                    + "'strata retry \(order.item.layer)' tries again\(isFar ? "" : " elsewhere")" : nil,
            wheel: wheel?.fileName)
    }
}
