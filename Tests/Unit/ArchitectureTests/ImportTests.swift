import Foundation
import Testing

/// Who may import whom. An arrow that is not here fails; `docs/architecture.md` draws the same picture.
private let allowed: [String: Set<String>] = [
    "Model": ["CPosix"],
    "Tasks": ["Model"],
    "Files": ["Model", "CPosix"],
    "Planning": ["Model"],
    "Settings": ["Model", "Files"],
    "Embedded": ["Model", "CResources"],
    "Site": ["Model", "Embedded"],
    "HTTP": ["Model", "CCurl", "CPosix"],
    "Wheels": ["Model", "Files", "Tasks", "CZlib", "CPosix"],
    "Archives": ["Model", "Wheels", "CArchive"],
    "Packaging": ["Model", "Files", "Tasks", "HTTP", "Wheels", "Archives", "Embedded", "CPosix"],
    "AWS": ["Model", "Files", "Tasks", "HTTP", "CPosix", "CZlib"],
    "Local": ["Model", "Files", "Tasks", "CPosix"],
    "Vault": ["Model", "HTTP"],
    "Git": ["Model", "Files", "HTTP", "Embedded", "CGit2", "CPosix"],
    "Publishing": ["Model", "Planning", "Tasks", "Site"],
    "Consuming": ["Model", "Files", "Tasks", "HTTP"],
    "Fleet": ["Model", "HTTP", "Planning", "Tasks", "Publishing"],
    "Notifying": ["Model", "HTTP", "Tasks", "Publishing"],
    "strata": [
        "Model", "Planning", "Settings", "Site", "HTTP", "Wheels", "Packaging", "AWS", "Local", "Vault", "Git",
        "Publishing", "Consuming", "Fleet", "Notifying", "Files", "Tasks", "Embedded", "CPosix",
    ],
]

@Suite("The modules")
struct ImportTests {
    @Test("import only whom they may", arguments: allowed.keys.sorted())
    func arrows(module: String) throws {
        let own = Set(allowed.keys).union(["CArchive", "CCurl", "CGit2", "CZlib", "CPosix", "CResources"])
        for (file, text) in try sources(of: module) {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").filter {
                    !$0.hasPrefix("@") && $0 != "public" && $0 != "package"
                }
                guard words.first == "import", let last = words.last else { continue }
                let imported = String(last.prefix { $0 != "." })
                guard own.contains(imported) else { continue }
                #expect(allowed[module, default: []].contains(imported), "\(file) imports \(imported)")
            }
        }
    }

    @Test("are all known to this test")
    func complete() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: root + "/Sources")
        let modules = folders.filter { !$0.hasPrefix("C") || $0 == "Consuming" }
        #expect(Set(modules) == Set(allowed.keys))
    }

    private var root: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    }

    private func sources(of module: String) throws -> [(String, String)] {
        let folder = "\(root)/Sources/\(module)"
        let files = FileManager.default.enumerator(atPath: folder)
        var found: [(String, String)] = []
        while let file = files?.nextObject() as? String {
            guard file.hasSuffix(".swift"), let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else {
                continue
            }
            found.append(("\(module)/\(file)", String(decoding: data, as: UTF8.self)))
        }
        try #require(!found.isEmpty)
        return found
    }
}
