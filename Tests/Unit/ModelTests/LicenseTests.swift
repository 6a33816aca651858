import Model
import Testing

@Suite("Licences")
struct LicenseTests {
    @Test(
        "expressions are read and written as SPDX does",
        arguments: [
            ("mit", "MIT"), ("MIT or apache-2.0", "MIT OR Apache-2.0"), ("(MIT)", "MIT"),
            ("MIT AND (BSD-3-Clause OR ISC)", "MIT AND (BSD-3-Clause OR ISC)"),
            ("(MIT AND ISC) OR 0BSD", "(MIT AND ISC) OR 0BSD"), ("MIT AND ISC OR 0BSD", "(MIT AND ISC) OR 0BSD"),
            ("GPL-2.0-only WITH classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
            ("gpl-2.0+", "GPL-2.0+"), ("licenseref-Own.1", "LicenseRef-Own.1"),
        ])
    func expressions(_ text: String, _ written: String) throws {
        let expression = try #require(LicenseExpression(text))
        #expect(expression.description == written)
        #expect(LicenseExpression(written) == expression)
    }

    @Test(
        "what is none of SPDX's is no expression",
        arguments: [
            "", "BSD", "MIT License", "MIT OR", "OR MIT", "MIT MIT", "(MIT", "MIT)", "()", "MIT WITH", "MIT WITH MIT",
            "LicenseRef-", "LicenseRef-ä", "MIT\nOR ISC", String(repeating: "(", count: 500) + "MIT",
            String(repeating: "MIT OR ", count: 500) + "MIT",
        ])
    func noExpressions(_ text: String) { #expect(LicenseExpression(text) == nil) }

    @Test(
        "names that mean one licence are known; those that may be several are not",
        arguments: [
            ("MIT License", "MIT"), ("The MIT License (MIT)", "MIT"), ("Apache License 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"), ("3-Clause BSD License", "BSD-3-Clause"),
            ("GNU AGPLv3", "AGPL-3.0-only"), ("AGPL v3", "AGPL-3.0-only"),
            ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"), ("PSF", "PSF-2.0"),
            ("BSD", nil), ("GPL", nil), ("Apache", nil), ("Proprietary", nil), ("Dual License", nil),
        ])
    func names(_ text: String, _ expression: String?) {
        #expect(LicenseExpression(named: text)?.description == expression)
    }

    @Test("classifiers: one, several, and one that may be several")
    func classifiers() {
        func expression(_ classifiers: String...) -> String? {
            LicenseExpression(
                classifiers: classifiers.map { "License :: OSI Approved" + ($0.isEmpty ? "" : " :: \($0)") })?
                .description
        }
        #expect(expression("", "MIT License") == "MIT")
        #expect(expression("Mozilla Public License 2.0 (MPL 2.0)") == "MPL-2.0")
        #expect(expression("GNU Affero General Public License v3 or later (AGPLv3+)") == "AGPL-3.0-or-later")
        #expect(expression("MIT License", "ISC License (ISCL)") == "MIT AND ISC")
        #expect(expression("MIT License", "BSD License") == nil)
        #expect(expression() == nil)
    }

    @Test(
        "a policy judges by what one may choose, and by all that one must take",
        arguments: [
            ("MIT OR AGPL-3.0-only", true), ("MIT AND AGPL-3.0-only", false), ("AGPL-3.0-or-later", false),
            ("agpl-3.0+", false), ("(AGPL-3.0-only AND MIT) OR ISC", true), ("(MIT OR ISC) AND AGPL-1.0-only", false),
            ("GPL-2.0-only WITH Classpath-exception-2.0", false), ("GPL-3.0-only", true), ("whatever", true),
        ])
    func policy(_ license: String, _ isAllowed: Bool) {
        let policy = LicensePolicy(deny: ["AGPL-*", "GPL-2.0-only"])
        #expect((policy.refusal(of: license) == nil) == isAllowed, "\(policy.refusal(of: license) ?? "")")
    }

    @Test("reasons name the licence and the rule")
    func reasons() {
        let policy = LicensePolicy(allow: ["MIT", "BSD-*", "GPL-2.0-only WITH *"], deny: ["BSD-4-*"], unknown: .deny)
        #expect(policy.refusal(of: "MIT AND BSD-3-Clause") == nil)
        #expect(policy.refusal(of: "GPL-2.0-only WITH Classpath-exception-2.0") == nil)
        #expect(
            policy.refusal(of: "MIT AND ISC") == "is under 'MIT AND ISC', and 'licences.allow' has not 'ISC'")
        #expect(
            policy.refusal(of: "BSD-4-Clause") == "is under 'BSD-4-Clause', and 'licences.deny' has 'BSD-4-*'")
        #expect(policy.refusal(of: nil) == "says nothing of its licence, and 'licences.unknown' is deny")
        #expect(policy.refusal(of: "Own")?.hasPrefix("says of its licence 'Own', which is none of SPDX's") == true)
        #expect(LicensePolicy().refusal(of: nil) == nil)
    }

    @Test("patterns of the configuration are licences of SPDX's list")
    func patterns() {
        for pattern in ["MIT", "mit", "AGPL-*", "*-only", "GPL-2.0+", "LicenseRef-Ours"] {
            #expect(LicensePolicy.check(pattern).isRight, "\(pattern)")
        }
        for pattern in ["BSD", "AGLP-*", "MIT OR ISC", "", "MIT\n"] {
            #expect(!LicensePolicy.check(pattern).isRight, "\(pattern)")
        }
        #expect(LicensePolicy.check("Apache-2").near == "Apache-2.0")
    }

    @Test("a licence that is denied holds a layer that nothing else would, unless it is waived")
    func checks() throws {
        let packages = try [
            Build.Package(
                name: #require(PackageName("a")), version: "1", license: "AGPL-3.0-only", summary: nil, unzipped: nil)
        ]
        var checks = Checks(hold: false, licenses: LicensePolicy(deny: ["AGPL-*"]))
        let findings = checks.licenses.findings(in: packages)
        #expect(findings.map(\.rule) == [.licenses])
        #expect(throws: StrataError.self) { try checks.check(findings) }
        checks.waive = [.licenses: "bought another licence"]
        try checks.check(findings)
        #expect(checks.judged(findings).first?.waived == "bought another licence")
    }
}
