import Files
import FoundationEssentials
import Model

/// The bills of materials that a wheel brings in `*.dist-info/sboms/`, as far as they are CycloneDX in JSON: what
/// auditwheel bundled, crates, vendored sources. https://peps.python.org/pep-0770/
///
/// Strangers wrote them. One that cannot be read says nothing.
enum EmbeddedBOM {
    /// Larger files are not read: the largest that were seen have half a megabyte.
    private static let largest = 8 << 20
    private static let mostFiles = 16
    /// Components may hold components, each two levels of JSON deeper.
    private static let deepest = 16

    /// What the files list, other than the wheel's own package. Sorted, each once, at most as many as are kept.
    /// - Throws: `.badWheel` if a file is damaged.
    static func components(in archive: WheelArchive, reader: EntryReader) throws -> [BundledComponent] {
        let folder = archive.distInfo.text + "/sboms/"
        let files = archive.entries.filter { entry in
            let path = entry.path.text
            return !entry.isFolder && path.hasPrefix(folder) && path.hasSuffix(".json") && entry.size <= largest
        }.sorted { $0.path < $1.path }
        var found: Set<BundledComponent> = []
        for entry in files.prefix(mostFiles) {
            let bytes = try reader.contents(of: entry, cap: largest)
            found.formUnion(components(in: bytes, of: archive.name.normalizedName))
        }
        return Array(found.sorted().prefix(BundledComponent.most.ofPackage))
    }

    /// - Parameter package: the wheel's own, which is left out.
    static func components(in file: [UInt8], of package: String) -> [BundledComponent] {
        guard JSONNesting.isWithin(2 * deepest + 16, file),
            let document = try? JSONDecoder().decode(Document.self, from: Data(file)),
            document.bomFormat == "CycloneDX"
        else { return [] }
        let root = document.metadata?.component?.reference
        var found: [BundledComponent] = []
        func add(_ components: [Component]) {
            for component in components where found.count < BundledComponent.most.ofPackage {
                if let bundled = component.bundled, component.reference == nil || component.reference != root,
                    !isOwn(bundled, package)
                {
                    found.append(bundled)
                }
                add(component.components?.elements ?? [])
            }
        }
        add(document.components?.elements ?? [])
        return found
    }

    private static func isOwn(_ component: BundledComponent, _ package: String) -> Bool {
        guard let purl = component.purl, purl.hasPrefix("pkg:pypi/") else { return false }
        let name = purl.dropFirst("pkg:pypi/".count).prefix { $0 != "@" }
        return WheelFileName.normalized(String(name)) == package
    }
}

extension EmbeddedBOM {
    private struct Document: Decodable {
        let bomFormat: String
        let metadata: Metadata?
        let components: Tolerant<Component>?
    }

    private struct Metadata: Decodable {
        let component: Component?

        private enum CodingKeys: String, CodingKey { case component }

        init(from decoder: any Decoder) throws {
            component = try? decoder.container(keyedBy: CodingKeys.self).decode(Component.self, forKey: .component)
        }
    }

    private struct Component: Decodable {
        let name: String
        let version: String?
        let purl: String?
        let reference: String?
        let licenses: Tolerant<License>?
        let components: Tolerant<Component>?

        private enum CodingKeys: String, CodingKey {
            case name, version, purl, reference = "bom-ref", licenses, components
        }

        var bundled: BundledComponent? {
            guard let name = Plain.line(name, 200) else { return nil }
            // What follows tells where it was built: paths, addresses.
            let base = purl.map { String($0.prefix { $0 != "?" && $0 != "#" }) }
            let isURL = base.map { base in
                base.hasPrefix("pkg:") && base.utf8.count <= 400
                    && base.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"\\<>^`{|}".utf8.contains($0) }
            }
            return BundledComponent(
                purl: isURL == true ? base : nil, name: name,
                version: version.flatMap { Plain.line($0, 100) }, license: license.flatMap { Plain.line($0, 200) })
        }

        private var license: String? {
            let told = licenses?.elements.compactMap { $0.expression ?? $0.license?.id ?? $0.license?.name } ?? []
            guard told.count <= 1 else { return told.joined(separator: " AND ") }
            return told.first
        }
    }

    private struct License: Decodable {
        struct Named: Decodable {
            let id: String?
            let name: String?
        }
        let expression: String?
        let license: Named?
    }

    /// A list without those elements that are something else.
    private struct Tolerant<Element: Decodable>: Decodable {
        let elements: [Element]

        private struct One: Decodable {
            let value: Element?
            init(from decoder: any Decoder) throws { value = try? Element(from: decoder) }
        }

        init(from decoder: any Decoder) throws {
            elements = try [One](from: decoder).compactMap(\.value)
        }
    }

    private enum Plain {
        /// ASCII that can be printed; nil if nothing is left.
        static func line(_ text: String, _ limit: Int) -> String? {
            let plain = text.unicodeScalars.lazy.filter { (0x20..<0x7f).contains($0.value) }.prefix(limit)
            let line = String(String.UnicodeScalarView(plain)).trimmingSpaces
            return line.isEmpty ? nil : line
        }
    }
}
