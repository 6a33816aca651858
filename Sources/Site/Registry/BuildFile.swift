import FoundationEssentials
import Model

/// `layers/{layer}/{target}/{build}.json`: a build. Never changes once it is written.
enum BuildFile {
    static func path(of item: Item, _ buildNumber: Int, _ folders: LayerFolders) -> String {
        "\(folders.folder(of: item.layer))/\(item.target)/\(buildNumber).json"
    }

    /// - Parameter withWheels: whether to tell the wheels, as the registry's branch does. The site's API has them in the
    ///   lock beside the file, and what they bundle in the bill of materials, and not twice.
    static func bytes(of build: Build, withWheels: Bool = true) -> [UInt8] {
        JSONObject.file(capacity: 4096) { file in
            file.add("format", 1)
            file.add("layer", build.item.layer.text)
            file.add("target", build.item.target.description)
            file.add("serial", build.buildNumber)
            file.add("version", build.version)
            file.add("created", build.created)
            if let artifact = build.artifact {
                file.add("key", artifact.key.description)
                file.add("contents", artifact.contents.description)
                file.add("recipe", artifact.recipe)
                file.add("sha256", artifact.sha256)
                file.add("zipped", artifact.zipped.bytes)
                file.add("unzipped", artifact.unzipped.bytes)
                file.add(
                    "options",
                    object: { add(all: artifact.options, to: &$0) })
            }
            if let findings = build.artifact?.findings { file.add("findings", rows: findings, add) }
            if let imports = build.artifact?.imports { file.add("imports", object: { add(imports, to: &$0) }) }
            file.add("requirements", strings: build.requirements)
            file.add("packages", rows: build.packages, add)
            if withWheels, let artifact = build.artifact { file.add("wheels", rows: artifact.lock.wheels, add) }
            let bundled = build.packages.flatMap { package in (package.bundled ?? []).map { (package.name, $0) } }
            if withWheels, !bundled.isEmpty { file.add("bundled", rows: bundled, add) }
        }
    }

    private static func add(to object: inout JSONObject, _ package: Build.Package) {
        object.add("name", package.name.text)
        object.add("version", package.version)
        object.add("license", package.license)
        object.add("summary", package.summary)
        object.add("unzipped", package.unzipped?.bytes)
        object.add("author", package.author)
        object.add("homepage", package.homepage)
        if let requires = package.requires { object.add("requires", strings: requires.map(\.text)) }
    }

    private static func add(to object: inout JSONObject, _ entry: (package: PackageName, component: BundledComponent)) {
        object.add("package", entry.package.text)
        object.add("name", entry.component.name)
        object.add("version", entry.component.version)
        object.add("license", entry.component.license)
        object.add("purl", entry.component.purl)
    }

    private static func add(to object: inout JSONObject, _ finding: Finding) {
        object.add("rule", finding.rule.rawValue)
        object.add("verdict", finding.verdict.rawValue)
        object.add("message", finding.message)
        object.add("wheel", finding.wheel)
        object.add("waived", finding.waived)
    }

    private static func add(_ proof: ImportProof, to object: inout JSONObject) {
        object.add("place", proof.place.rawValue)
        object.add("python", proof.python)
        object.add("modules", proof.modules)
        object.add("remark", proof.remark)
        object.add("milliseconds", proof.milliseconds)
        object.add("memory", proof.memory?.bytes)
    }

    private static func add(to object: inout JSONObject, _ wheel: LockedWheel) {
        object.add("package", wheel.package.text)
        object.add("version", wheel.version)
        object.add("file", wheel.fileName)
        object.add("url", SafeURL.withoutCredentials(wheel.url))
        object.add("size", wheel.size?.bytes)
        object.add("sha256", wheel.sha256)
        if let built = wheel.built { object.add("built", object: { add(built, to: &$0) }) }
    }

    private static func add(_ built: SourceBuild, to object: inout JSONObject) {
        object.add("file", built.fileName)
        object.add("url", SafeURL.withoutCredentials(built.url))
        object.add("size", built.size?.bytes)
        object.add("sha256", built.sha256)
        object.add("backend", built.backend)
        object.add("python", built.python)
        object.add("recipe", built.recipe)
        object.add("tools", objects: built.tools, add)
    }
}

extension BuildFile {
    static func add(all options: BuildOptions, to object: inout JSONObject) {
        object.add("prune", strings: options.prune.map(\.rawValue))
        object.add("exclude", strings: options.exclude)
        object.add("drop", strings: options.dropConflicts)
        add(options, to: &object)
    }

    /// The options that came later: only where they are used, since what is written never changes.
    private static func add(_ options: BuildOptions, to object: inout JSONObject) {
        if !options.prefer.isEmpty {
            object.add("prefer", objects: options.prefer) { row, preference in
                row.add("pattern", preference.pattern)
                row.add("package", preference.package.text)
            }
        }
        if !options.allowShadowing.isEmpty { object.add("shadow", strings: options.allowShadowing) }
        if !options.allowRecord.isEmpty { object.add("record", strings: options.allowRecord.map(\.description)) }
        if !options.bin.isEmpty { object.add("bin", strings: options.bin) }
        if !options.files.isEmpty { object.add("files", objects: options.files, add) }
        if !options.provided.isEmpty { object.add("provided", strings: options.provided.map(\.text)) }
        if !options.with.isEmpty { object.add("with", strings: options.with.map(\.text)) }
        object.add("slim", ifTrue: options.slim)
        if let bytecode = options.bytecode { object.add("bytecode", object: { add(to: &$0, bytecode) }) }
    }

    private static func add(to object: inout JSONObject, _ bytecode: BuildOptions.Bytecode) {
        object.add("scope", bytecode.scope.rawValue)
        object.add("python", bytecode.python)
        if let packages = bytecode.packages { object.add("packages", strings: packages.map(\.text)) }
        object.add("rules", bytecode.rules)
    }

    private static func add(to object: inout JSONObject, _ source: FileSource) {
        for pin in source.pins {
            object.add("url", SafeURL.withoutCredentials(pin.url))
            object.add("sha256", pin.sha256)
        }
        object.add("version", source.version)
        object.add("licence", source.licence)
        object.add("take", objects: source.take) { row, taking in
            row.add("from", taking.pattern)
            row.add("to", taking.destination)
        }
    }

    private struct Document: Decodable {
        let format: Int
        let layer: LayerName
        let target: Target
        let buildNumber: Int
        let version: String
        let created: Timestamp
        let contents: ContentsKey?
        let recipe: Int?
        let sha256: ContentDigest?
        let zipped: ByteCount?
        let unzipped: ByteCount?
        let options: Options?
        let requirements: [String]
        let packages: [Build.Package]
        let findings: [Finding]?
        let imports: ImportProof?
        let wheels: [Wheel]?
        let bundled: [Bundled]?

        private enum CodingKeys: String, CodingKey {
            case format, layer, target, buildNumber = "serial", version, created, contents, recipe, sha256, zipped
            case unzipped, options, requirements, packages, findings, imports, wheels, bundled
        }
    }

    private struct Options: Decodable {
        let prune: [Pruning]
        let exclude: [String]
        let drop: [String]
        let prefer: [BuildOptions.Preference]?
        let shadow: [String]?
        let record: [PinnedPackage]?
        let bin: [String]?
        let files: [File]?
        let provided: [PackageName]?
        let with: [LayerName]?
        let slim: Bool?
        let bytecode: BuildOptions.Bytecode?
    }

    private struct File: Decodable {
        struct Taking: Decodable {
            let from: String
            let to: String
        }
        let url: String
        let sha256: ContentDigest
        let version: String?
        let licence: String?
        let take: [Taking]

        func source(on architecture: Architecture) -> FileSource {
            FileSource(
                [.init(architecture, url: url, sha256: sha256)], take: take.map { .init($0.from, to: $0.to) },
                licence: licence, version: version)
        }
    }

    private struct Wheel: Decodable {
        let package: PackageName
        let version: String
        let file: String
        let url: String
        let size: ByteCount?
        let sha256: ContentDigest
        let built: Built?

        var locked: LockedWheel {
            LockedWheel(
                package: package, version: version, fileName: file, url: url, size: size, sha256: sha256,
                built: built?.record)
        }
    }

    private struct Built: Decodable {
        let file: String
        let url: String
        let size: ByteCount?
        let sha256: ContentDigest
        let backend: String
        let python: String
        let recipe: Int
        let tools: [Wheel]

        var record: SourceBuild {
            SourceBuild(
                fileName: file, url: url, size: size, sha256: sha256, backend: backend, tools: tools.map(\.locked),
                python: python, recipe: recipe)
        }
    }

    private struct Bundled: Decodable {
        let package: PackageName
        let name: String
        let version: String?
        let license: String?
        let purl: String?

        var component: BundledComponent {
            BundledComponent(purl: purl, name: name, version: version, license: license)
        }
    }

    private static func packages(of document: Document) -> [Build.Package] {
        guard let bundled = document.bundled else { return document.packages }
        let components = Dictionary(grouping: bundled, by: \.package)
        return document.packages.map { $0.bundling(components[$0.name]?.map(\.component)) }
    }

    /// Reads a build back.
    ///
    /// - Throws: `inconsistent` if the file is not such a file, or its key does not follow from its wheels.
    static func build(in file: [UInt8], path: String) throws -> Build {
        let document = try RegistryJSON.decode(Document.self, from: file, path: path)
        let item = Item(document.layer, document.target)
        return Build(
            buildNumber: document.buildNumber, item: item, version: document.version,
            artifact: try artifact(of: document, path: path), requirements: document.requirements,
            packages: packages(of: document), created: document.created)
    }

    private static func artifact(of document: Document, path: String) throws -> Build.Artifact? {
        guard let contents = document.contents, let recipe = document.recipe, let sha256 = document.sha256,
            let zipped = document.zipped, let unzipped = document.unzipped, let wheels = document.wheels,
            let options = document.options
        else { return nil }
        let artifact = Build.Artifact(
            recipe: recipe, sha256: sha256, zipped: zipped, unzipped: unzipped,
            lock: Lock(
                target: document.target,
                wheels: wheels.map(\.locked)),
            options: BuildOptions(
                prune: options.prune, exclude: options.exclude, dropConflicts: options.drop,
                prefer: options.prefer ?? [], allowShadowing: options.shadow ?? [], allowRecord: options.record ?? [],
                bin: options.bin ?? [],
                files: options.files?.map { $0.source(on: document.target.architecture) } ?? [],
                provided: options.provided ?? [], with: options.with ?? [], slim: options.slim ?? false,
                bytecode: options.bytecode),
            findings: document.findings, imports: document.imports)
        guard artifact.contents == contents else {
            throw StrataError(
                .inconsistent, "the build's key does not follow from its wheels and options",
                hint: "restore the file from the branch's history", place: .init(file: path))
        }
        return artifact
    }
}

extension Build.Package {
    fileprivate func bundling(_ components: [BundledComponent]?) -> Build.Package {
        Build.Package(
            name: name, version: version, license: license, summary: summary, unzipped: unzipped, author: author,
            homepage: homepage, requires: requires, bundled: components)
    }
}

/// Decoding of the registry's own files.
enum RegistryJSON {
    /// - Throws: `inconsistent` with the path if the file does not decode.
    static func decode<Value: Decodable>(_ type: Value.Type, from file: [UInt8], path: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(file))
        } catch {
            throw StrataError(
                .inconsistent, "the file cannot be read as the registry's",
                hint: "restore it from the branch's history",
                place: .init(file: path), cause: error)
        }
    }
}
