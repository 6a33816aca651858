import Model

/// A review as the answer to a pull request. All that strangers wrote is in code spans.
struct ReviewText {
    let review: Review

    /// What a comment can hold, with some room.
    private static let limit = 60_000
    /// Lambda takes zips up to this in the request; larger ones come from a bucket.
    private static let direct = ByteCount(50_000_000)
    private static let unzippedLimit = ByteCount(262_144_000)

    var markdown: String {
        var lines = ["### Layers", "", summary, ""]
        lines += review.problems.prefix(50).map { "- ❌ \(Markdown.code($0, limit: 600))" }
        lines += rest(review.problems.count - 50, "mistake")
        if !review.sections.isEmpty {
            lines += [
                "⚠️ This also changes: \(review.sections.map { Markdown.code($0, limit: 40) }.joined(separator: ", ")).",
                "",
            ]
        }
        if !review.removed.isEmpty {
            let shown = review.removed.prefix(20).map { Markdown.code("\($0)") }.joined(separator: ", ")
            lines += [
                "⚠️ No longer asked for: \(shown)\(review.removed.count > 20 ? " …" : ""). Their releases would be deprecated.",
                "",
            ]
        }
        lines += table
        lines += details
        return Self.cut(lines)
    }

    private var summary: String {
        if !review.problems.isEmpty {
            return "❌ The configuration has \(count(review.problems.count, "mistake")): nothing was built."
        }
        let refused = review.layers.count { $0.refusal != nil }
        let built = review.layers.count - refused
        guard !review.layers.isEmpty else {
            return
                "Nothing to build: \(count(review.unchanged, "layer and target", plural: "layers and targets")) as before."
        }
        let parts = [
            built > 0 ? "✅ \(built) built" : nil, refused > 0 ? "❌ \(refused) cannot be built" : nil,
            review.unchanged > 0 ? "\(review.unchanged) as before" : nil,
        ]
        let stored = review.layers.compactMap { $0.build?.zipped }.reduce(ByteCount(0), +)
        let cost = built == 0 ? "" : " Stores \(stored) more in each of \(count(review.regions, "region"))."
        return parts.compactMap(\.self).joined(separator: ", ") + "." + cost
    }

    private var table: [String] {
        guard !review.layers.isEmpty else { return [] }
        var lines = [
            "| layer | target | | version | zipped | unzipped | licences | loads |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for layer in review.layers.prefix(100) {
            let head =
                "| \(Markdown.code(layer.item.layer.text)) | \(Markdown.code("\(layer.item.target)")) | \(layer.change.rawValue) |"
            guard let build = layer.build else {
                lines.append("\(head) ❌ \(Markdown.code(layer.refusal, limit: 400)) | | | | |")
                continue
            }
            lines.append(
                "\(head) \(Markdown.code(build.version, limit: 64)) | \(zipped(build)) | \(unzipped(build)) | \(licences(build)) | \(loads(build)) |"
            )
        }
        return lines + rest(review.layers.count - 100, "row") + [""]
    }

    private func zipped(_ build: Review.Build) -> String {
        guard build.zipped > Self.direct else { return "\(build.zipped)" }
        return review.staging == nil
            ? "❌ \(build.zipped): needs `publish.staging`" : "\(build.zipped), through the bucket"
    }

    private func unzipped(_ build: Review.Build) -> String {
        let share = build.unzipped.bytes * 100 / Self.unzippedLimit.bytes
        return "\(share >= 80 ? "⚠️ " : "")\(build.unzipped) (\(share) %)"
    }

    private func licences(_ build: Review.Build) -> String {
        let named = Set(build.packages.compactMap(\.license)).sorted()
        let unknown = build.packages.count { $0.license == nil }
        let shown = named.prefix(5).map { Markdown.code($0, limit: 40) }
        let more = named.count > 5 ? ["\(named.count - 5) more"] : []
        return (shown + more + (unknown > 0 ? ["⚠️ \(unknown) untold"] : [])).joined(separator: ", ")
    }

    private func loads(_ build: Review.Build) -> String {
        let open = build.findings.filter { $0.waived == nil }
        if open.contains(where: { $0.verdict == .error }) { return "❌" }
        let warnings = open.count { $0.verdict == .warning }
        let proof = build.imports.map { $0.python == nil || $0.modules == 0 ? "not imported" : "imported" } ?? "checked"
        return warnings > 0 ? "⚠️ \(count(warnings, "warning")), \(proof)" : "✅ \(proof)"
    }

    /// For each layer what it holds and what was found, folded.
    private var details: [String] {
        review.layers.prefix(50).flatMap { layer -> [String] in
            guard let build = layer.build else { return [] }
            var lines = ["<details><summary>\(layer.item.layer.text) on \(layer.item.target)</summary>", ""]
            let packages = build.packages.prefix(100).map {
                Markdown.code("\($0.name) \($0.version)", limit: 120)
                    + ($0.license.map { " \(Markdown.code($0, limit: 60))" } ?? "")
            }
            lines.append("Holds " + packages.joined(separator: ", ") + (build.packages.count > 100 ? " …" : "") + ".")
            lines.append("")
            if let imports = build.imports {
                lines.append(
                    "- \(Markdown.code([imports.text, imports.remark].compactMap(\.self).joined(separator: "; ")))")
            }
            lines += build.remarks.prefix(20).map { "- \(Markdown.code($0))" }
            lines += build.findings.sorted { $0.verdict > $1.verdict }.prefix(30).map { finding in
                let sign = finding.waived != nil ? "waived" : finding.verdict.rawValue
                let shadow = Self.shadows.contains(finding.rule) ? " (shadows)" : ""
                return "- \(sign) \(Markdown.code(finding.rule.rawValue))\(shadow): \(Markdown.code(finding.message))"
            }
            return lines + ["", "</details>", ""]
        }
    }

    /// What hides something else, or is hidden.
    private static let shadows: Set<Finding.Rule> = [
        .standardLibrary, .hiddenLibrary, .sharedPackage, .duplicateLibrary,
    ]

    private func rest(_ number: Int, _ noun: String) -> [String] {
        number > 0 ? ["", "And \(count(number, noun)) more: `strata review` tells all with `--json`."] : []
    }

    /// Whole lines, as many as fit.
    private static func cut(_ lines: [String]) -> String {
        var size = 0
        var open = 0
        var kept: [String] = []
        for line in lines {
            size += line.utf8.count + 1
            guard size < limit else {
                return
                    (kept + Array(repeating: "</details>", count: open) + ["", "… and more than a comment can hold."])
                    .joined(separator: "\n")
            }
            if line.hasPrefix("<details>") { open += 1 }
            if line == "</details>" { open -= 1 }
            kept.append(line)
        }
        while kept.last == "" { kept.removeLast() }
        return kept.joined(separator: "\n")
    }
}
