import Model

/// A Klayers layer version's ARN, and what its layer's name tells: `Klayers-python38-PyYAML`,
/// `Klayers-p312-arm64-requests`, or the same with another prefix.
struct KlayersARN {
    let id: Release.ID
    let target: Target

    /// - Parameter package: as the row writes it, with which the layer's name must end.
    init(_ text: String, package: String) throws(KlayersRow.Refusal) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 8, parts[0] == "arn", parts[2] == "lambda", parts[5] == "layer" else {
            throw .init("'\(shown(text))' is not the ARN of a layer version")
        }
        guard let region = Region(parts[3]), region.partition.rawValue == parts[1] else {
            throw .init("the ARN's partition and region, '\(shown(parts[1]))' and '\(shown(parts[3]))', do not fit")
        }
        guard parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .init("the ARN's account '\(shown(parts[4]))' is not valid")
        }
        guard let number = Int(parts[7]), (1...Int(Int32.max)).contains(number), String(number) == parts[7] else {
            throw .init("the ARN's version number '\(shown(parts[7]))' is not valid")
        }
        let name = parts[6]
        guard LayerName(name) != nil else { throw .init("'\(shown(name))' is not a layer's name") }
        // A package with extras was published under its name alone.
        let bare = package.prefix { $0 != "[" }
        guard name.hasSuffix("-\(bare)"), let target = Self.target(name.dropLast(bare.utf8.count + 1)) else {
            throw .init("the layer's name '\(name)' does not say for which Python it is, before '-\(shown(package))'")
        }
        id = Release.ID(region: region, name: name, number: number)
        self.target = target
    }

    /// The target at the end of a layer name's beginning: `…python38`, `…p312`, `…p312-arm64`.
    private static func target(_ stem: Substring) -> Target? {
        var words = stem.split(separator: "-", omittingEmptySubsequences: false)
        var architecture = Architecture.x86_64
        if words.last == "arm64" {
            architecture = .arm64
            words.removeLast()
        }
        guard let word = words.last,
            let digits = [word.dropPrefix("python"), word.dropPrefix("p")].lazy.compactMap(\.self).first,
            digits.count >= 2, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first == "3",
            let python = PythonVersion("3.\(digits.dropFirst())")
        else { return nil }
        return Target(python, architecture)
    }
}

extension Substring {
    fileprivate func dropPrefix(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
