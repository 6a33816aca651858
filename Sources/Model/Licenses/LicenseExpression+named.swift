/// What people call licences: common names, and the classifiers of Python's index.
extension LicenseExpression {
    /// What a package's recorded licence says: an expression, or a name that means just one licence.
    ///
    /// - Returns: nil for a name that may be several (`BSD`), for prose, and for none.
    public init?(named text: String?) {
        guard let text else { return nil }
        if let expression = LicenseExpression(text) {
            self = expression
            return
        }
        guard let name = Self.names[Self.simplified(text)], let expression = LicenseExpression(name) else { return nil }
        self = expression
    }

    /// What classifiers say; several of them count as all of them, since nothing says that one may choose.
    ///
    /// - Parameter classifiers: those under `License ::`.
    /// - Returns: nil if there is none, or one of them may be several licences.
    public init?(classifiers: [String]) {
        let names = classifiers.filter { !Self.groups.contains($0) }
            .map { $0.split(separator: "::").last.map { $0.trimmingSpaces } ?? "" }
        let known = names.map { LicenseExpression(named: $0) }
        guard let all = Self.all(known.compactMap(\.self)), known.allSatisfy({ $0 != nil }) else { return nil }
        self = all
    }

    private static let groups: Set<String> = ["License :: OSI Approved", "License :: DFSG approved"]

    /// Letters, digits, dots and `+` in lower case, without what does not tell licences apart.
    private static func simplified(_ text: String) -> String {
        guard text.utf8.count <= 200 else { return "" }
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "+") }
        return words.filter { !["the", "license", "licence", "licensed", "version", "software"].contains($0) }
            .joined(separator: " ")
    }

    /// By what `simplified` makes of a name. Names that may be several licences are left out on purpose.
    private static let names: [String: String] = {
        var table: [String: String] = [:]
        for line in list.split(separator: "\n") {
            let parts = line.split(separator: "=")
            for name in parts.dropFirst().joined(separator: "=").split(separator: ",") {
                table[name.trimmingSpaces] = parts[0].trimmingSpaces
            }
        }
        return table
    }()

    private static let list = """
        MIT = mit, mit mit, expat, mit expat
        MIT-0 = mit no attribution mit 0, mit no attribution
        Apache-2.0 = apache 2.0, apache 2, apache2, apache2.0, apache v2, apache v2.0, asl 2.0, al2, apachev2
        Apache-2.0 = apache 2.0 apache 2.0
        BSD-2-Clause = bsd 2 clause, 2 clause bsd, simplified bsd, bsd 2 clause simplified, bsd2
        BSD-3-Clause = bsd 3 clause, 3 clause bsd, new bsd, modified bsd, bsd 3, bsd3, new bsd 3 clause
        BSD-3-Clause = bsd 3 clause new
        ISC = isc iscl, isc isc, isc
        MPL-2.0 = mozilla public 2.0 mpl 2.0, mozilla public 2.0, mpl 2.0, mpl2, mpl v2.0
        MPL-1.1 = mozilla public 1.1 mpl 1.1, mozilla public 1.1
        MPL-1.0 = mozilla public 1.0 mpl
        AGPL-3.0-only = gnu affero general public v3, agpl v3, agplv3, gnu agpl v3, gnu agplv3, agpl 3, agpl 3.0
        AGPL-3.0-only = gnu affero general public v3.0, gnu affero general public 3.0, gnu affero gpl 3.0
        AGPL-3.0-or-later = gnu affero general public v3 or later agplv3+, agplv3+, agpl v3+
        AGPL-3.0-or-later = gnu affero general public v3 or later
        GPL-2.0-only = gnu general public v2 gplv2, gplv2, gpl v2, gpl 2, gnu gpl v2, gnu gplv2, gnu general public v2
        GPL-2.0-or-later = gnu general public v2 or later gplv2+, gplv2+, gpl v2+, gnu gpl v2+
        GPL-2.0-or-later = gnu general public v2 or later
        GPL-3.0-only = gnu general public v3 gplv3, gplv3, gpl v3, gpl 3, gnu gpl v3, gnu gplv3, gnu gpl 3
        GPL-3.0-only = gnu general public v3, gnu general public 3.0
        GPL-3.0-or-later = gnu general public v3 or later gplv3+, gplv3+, gpl v3+, gnu gpl v3+
        GPL-3.0-or-later = gnu general public v3 or later
        LGPL-2.0-only = gnu lesser general public v2 lgplv2, gnu library general public v2
        LGPL-2.0-or-later = gnu lesser general public v2 or later lgplv2+, lgplv2+
        LGPL-2.1-only = lgplv2.1, lgpl v2.1, lgpl 2.1, gnu lesser general public v2.1
        LGPL-2.1-or-later = lgplv2.1+, lgpl v2.1+, gnu lesser general public v2.1 or later
        LGPL-3.0-only = gnu lesser general public v3 lgplv3, lgplv3, lgpl v3, gnu lgpl v3
        LGPL-3.0-only = gnu lesser general public v3
        LGPL-3.0-or-later = gnu lesser general public v3 or later lgplv3+, lgplv3+, lgpl v3+, gnu lgpl v3+
        PSF-2.0 = python foundation, psf, psfl, psf 2.0
        Unlicense = unlicense unlicense
        CC0-1.0 = cc0 1.0 universal cc0 1.0 public domain dedication, cc0, cc0 1.0 universal
        BSL-1.0 = boost 1.0 bsl 1.0, boost 1.0
        Zlib = zlib libpng zlib, zlib, zlib libpng
        ZPL-2.1 = zpl 2.1
        EPL-1.0 = eclipse public 1.0 epl 1.0
        EPL-2.0 = eclipse public 2.0 epl 2.0, eclipse public 2.0, epl 2.0
        EUPL-1.2 = european union public 1.2 eupl 1.2, eupl 1.2
        HPND = historical permission notice and disclaimer hpnd
        UPL-1.0 = universal permissive upl, upl 1.0, universal permissive upl 1.0
        WTFPL = do what the fuck you want to public wtfpl, wtfpl
        Artistic-2.0 = artistic 2.0
        NCSA = university of illinois ncsa open source, ncsa
        OFL-1.1 = sil open font 1.1 ofl 1.1
        """
}
