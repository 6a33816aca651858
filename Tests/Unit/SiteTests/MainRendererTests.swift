import FoundationEssentials
import Model
import SampleSite
import Site
import Testing

@Suite("The registry's main branch")
struct MainRendererTests {
    let fixture = Fixture.believable()

    private func rendered(_ fixture: Fixture) throws -> Branch {
        var branch = Branch()
        branch.apply(try MainRenderer(fixture.registry).changes(for: fixture.layers) { _ in nil })
        return branch
    }

    @Test("writes a region's CSV with the first system's header, dates and order")
    func csv() throws {
        let branch = try rendered(fixture)
        let text = try #require(branch.text("deployments/python3.12/arns/eu-west-1.csv"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "Package,Package Version,Status,Expiry Date,Arn")
        #expect(
            lines.dropFirst().first
                == "boto3,1.40.18,deprecated,2027-10-11T17:44:04,arn:aws:lambda:eu-west-1:123456789012:layer:acme-p312-boto3:1"
        )
        #expect(lines.contains("numpy,2.3.3,latest,,arn:aws:lambda:eu-west-1:123456789012:layer:acme-p312-numpy:2"))
        let names = lines.dropFirst().dropLast().map { $0.prefix { $0 != "," }.lowercased() }
        #expect(names == names.sorted())
        #expect(lines.last == "")
    }

    @Test("writes the same rows as one valid JSON array, a row per line")
    func json() throws {
        struct Row: Decodable {
            let package, version, status, arn: String
            let expires: Timestamp?
        }
        let branch = try rendered(fixture)
        let bytes = try #require(branch.files["deployments/python3.12/arns/eu-west-1.json"])
        let rows = try JSONDecoder().decode([Row].self, from: Data(bytes))
        let csv = try #require(branch.text("deployments/python3.12/arns/eu-west-1.csv"))
        let lines = rows.map {
            "\($0.package),\($0.version),\($0.status),\($0.expires.map { $0.description.dropLast() } ?? ""),\($0.arn)\n"
        }
        #expect(csv == "Package,Package Version,Status,Expiry Date,Arn\n" + lines.joined())
        #expect(bytes.split(separator: 0x0a).count == rows.count + 2)
    }

    @Test("leaves a deleted release out of the region's files and keeps it in the layer's")
    func deleted() throws {
        var fixture = fixture
        let index = try #require(fixture.items.firstIndex { $0.item.description == "numpy python3.12" })
        for release in fixture.items[index].releases.indices
        where fixture.items[index].releases[release].buildNumber == 1 {
            fixture.items[index].releases[release].status = .deleted
        }
        let branch = try rendered(fixture)
        #expect(branch.text("deployments/python3.12/arns/eu-west-1.csv")?.contains("acme-p312-numpy:1\n") == false)
        #expect(branch.text("layers/numpy/releases.json")?.contains("\"status\":\"deleted\"") == true)
    }

    @Test("never lists what was found wrong", arguments: [Release.Status.quarantined])
    func unverified(_ status: Release.Status) throws {
        var fixture = fixture
        fixture.items = fixture.items.filter { $0.item.description == "numpy python3.12" }
        for index in fixture.items[0].releases.indices { fixture.items[0].releases[index].status = status }
        let branch = try rendered(fixture)
        #expect(!branch.files.values.contains { String(decoding: $0, as: UTF8.self).contains("acme-p312-numpy") })
        #expect(branch.files["deployments/python3.12/arns/eu-west-1.csv"] == nil)
    }

    @Test("what was begun with sharded folders keeps them, and so does what was not, whatever is configured later")
    func folders() throws {
        func registry(_ folders: LayerFolders, isSigned: Bool) -> RegistryInput {
            let known = fixture.registry
            return RegistryInput(
                description: known.description, regions: known.regions, targets: known.targets,
                retention: known.retention, accounts: known.accounts, isSigned: isSigned, folders: folders)
        }
        for (begun, later) in [(LayerFolders.sharded, LayerFolders.flat), (.flat, .sharded)] {
            for isSigned in [false, true] {
                var branch = Branch()
                let first = MainRenderer(registry(begun, isSigned: isSigned))
                branch.apply(try first.changes(for: Array(fixture.layers.dropLast()), isComplete: true) { _ in nil })
                let next = MainRenderer(registry(later, isSigned: isSigned))
                branch.apply(try next.changes(for: fixture.layers, existing: branch.existing))
                // The same as if nobody had changed his mind.
                var whole = Branch()
                whole.apply(try first.changes(for: fixture.layers, isComplete: true) { _ in nil })
                #expect(branch == whole, "\(branch.difference(from: whole) ?? "")")
                #expect(try next.lyingFiles(of: fixture.layers, existing: branch.existing) == [])
                // Nor if what tells the layout is lost.
                for damage in ["", "{"] {
                    var damaged = branch
                    let content: FileChange.Content = damage.isEmpty ? .delete : .write(Array(damage.utf8))
                    damaged.apply([FileChange(path: "registry.json", content: content)])
                    let reader = try RegistryReader(existing: damaged.existing)
                    #expect(try reader.states(of: fixture.layers[0].layer).count == fixture.layers[0].items.count)
                    damaged.apply(
                        try next.changes(for: fixture.layers, isComplete: true, existing: damaged.existing))
                    #expect(damaged == whole, "\(damaged.difference(from: whole) ?? "")")
                }
            }
        }
    }

    @Test("sharded folders have few entries, and what is in them is what is in flat ones")
    func shards() throws {
        var branches: [LayerFolders: Branch] = [:]
        for folders in LayerFolders.allCases {
            let known = fixture.registry
            let registry = RegistryInput(
                description: known.description, regions: known.regions, targets: known.targets,
                retention: known.retention, accounts: known.accounts, folders: folders)
            var branch = Branch()
            branch.apply(try MainRenderer(registry).changes(for: fixture.layers) { _ in nil })
            branches[folders] = branch
        }
        let (flat, sharded) = (try #require(branches[.flat]), try #require(branches[.sharded]))
        #expect(flat.files.count == sharded.files.count)
        for layer in fixture.layers.map(\.layer) {
            let path = "\(LayerFolders.sharded.folder(of: layer))/releases.json"
            #expect(path.split(separator: "/").count == 4)
            #expect(sharded.text(path) == flat.text("layers/\(layer)/releases.json") && sharded.text(path) != nil)
        }
        #expect(sharded.text("registry.json")?.contains(#""folders": "sharded""#) == true)
        #expect(flat.text("registry.json")?.contains("folders") == false)
        #expect(sharded.text("README.md")?.contains("layers/{xx}/{layer}/releases.json") == true)
        for layer in fixture.layers {
            let read = try RegistryReader(existing: sharded.existing).states(of: layer.layer)
            #expect(try read == RegistryReader(existing: flat.existing).states(of: layer.layer) && !read.isEmpty)
        }
    }

    @Test("folders that this version does not know stop the rendering and the reading")
    func unknownFolders() throws {
        var branch = try rendered(fixture)
        let text = try #require(branch.text("registry.json"))
        let other = text.replacing("\"accounts\"", with: "\"folders\":\"by-moon\",\n\"accounts\"")
        branch.apply([FileChange(path: "registry.json", content: .write(Array(other.utf8)))])
        let error = #expect(throws: StrataError.self) {
            try MainRenderer(fixture.registry).changes(
                for: fixture.layers, isComplete: true, existing: branch.existing)
        }
        #expect(error?.code == .unsupported && error?.place.file == "registry.json")
        #expect(throws: StrataError.self) { try RegistryReader(existing: branch.existing) }
    }

    @Test("changes nothing when nothing changed")
    func nothing() throws {
        let branch = try rendered(fixture)
        #expect(try MainRenderer(fixture.registry).changes(for: fixture.layers, existing: branch.existing).isEmpty)
    }

    @Test(
        "a build's file that says something else stops the rendering, and is found",
        arguments: [".json", ".pylock.toml"])
    func lying(ending: String) throws {
        var branch = try rendered(fixture)
        let renderer = MainRenderer(fixture.registry)
        #expect(try renderer.lyingFiles(of: fixture.layers, existing: branch.existing) == [])
        let path = try #require(
            branch.files.keys.sorted().first { $0.hasPrefix("layers/") && $0.hasSuffix("/1\(ending)") })
        let good = try #require(branch.text(path))
        let edited = Array(good.replacingOccurrences(of: "sha256", with: "sha255").utf8)
        branch.apply([FileChange(path: path, content: .write(edited))])
        #expect(try renderer.lyingFiles(of: fixture.layers, existing: branch.existing) == [path])
        let error = #expect(throws: StrataError.self) {
            try renderer.changes(for: fixture.layers, existing: branch.existing)
        }
        #expect(error?.code == .inconsistent)
        #expect(error?.place.file == path)
    }

    @Test("touches only the files of the change")
    func locality() throws {
        var branch = try rendered(fixture)
        let index = try #require(fixture.items.firstIndex { $0.item.description == "numpy python3.12" })
        var item = fixture.items[index]
        item.releases[0].status = .yanked
        item.releases[0].reason = "broken"
        var fixture = fixture
        fixture.items[index] = item
        let layer = fixture.layers.filter { $0.layer.text == "numpy" }
        let changes = try MainRenderer(fixture.registry).changes(for: layer, existing: branch.existing)
        let region = item.releases[0].id.region
        #expect(
            changes.map(\.path) == [
                "deployments/python3.12/arns/\(region).csv", "deployments/python3.12/arns/\(region).json",
                "layers/numpy/releases.json",
            ])
        branch.apply(changes)
        #expect(branch == (try rendered(fixture)))
    }

    @Test("refuses to forget a target that the registry lists")
    func forgotten() throws {
        let branch = try rendered(fixture)
        let part = fixture.layers.filter { $0.layer.text == "numpy" }.map {
            LayerState(layer: $0.layer, items: Array($0.items.dropFirst()))
        }
        #expect {
            try MainRenderer(fixture.registry).changes(for: part, existing: branch.existing)
        } throws: {
            ($0 as? StrataError)?.code == .inconsistent
        }
    }

    @Test("refuses a region's file that was damaged", arguments: ["", "Package,Arn", "{}"])
    func damaged(_ text: String) throws {
        let branch = try rendered(fixture)
        #expect {
            try MainRenderer(fixture.registry).changes(for: fixture.layers) { path in
                path.hasSuffix("eu-west-1.csv") ? Array(text.utf8) : branch.existing(path)
            }
        } throws: {
            ($0 as? StrataError)?.code == .inconsistent
        }
    }

    @Test("a complete render mends what was edited or damaged", arguments: ["", "Package,Arn", "{}", "rows"])
    func mended(_ text: String) throws {
        let good = try rendered(fixture)
        var branch = good
        let table = "deployments/python3.12/arns/eu-west-1.csv"
        let alien = String(decoding: good.files[table] ?? [], as: UTF8.self) + "zebra,1.0,latest,,arn:aws:x\n"
        branch.apply([
            FileChange(path: table, content: .write(Array((text == "rows" ? alien : text).utf8))),
            FileChange(path: "layers/numpy/releases.json", content: .write(Array(text.utf8))),
        ])
        let changes = try MainRenderer(fixture.registry).changes(
            for: fixture.layers, isComplete: true, existing: branch.existing)
        #expect(changes.map(\.path) == [table, "layers/numpy/releases.json"])
        branch.apply(changes)
        #expect(branch == good)
    }

    @Test("a full render equals incremental ones, whatever their order", arguments: 0..<60 as Range<UInt64>)
    func incremental(_ seed: UInt64) throws {
        var random = RandomState(seed: seed)
        let before = random.items()
        let after = random.changed(before)
        let renderer = MainRenderer(random.registry)

        var steps = Branch()
        steps.apply(try renderer.changes(for: [], existing: steps.existing))
        for layer in LayerState.grouping(before).shuffled(using: &random.chance) {
            steps.apply(try renderer.changes(for: [layer], existing: steps.existing))
        }
        for layer in LayerState.grouping(after).shuffled(using: &random.chance) {
            steps.apply(try renderer.changes(for: [layer], existing: steps.existing))
        }
        var once = Branch()
        var shuffled = after.shuffled(using: &random.chance)
        for index in shuffled.indices { shuffled[index].releases.shuffle(using: &random.chance) }
        once.apply(try renderer.changes(for: LayerState.grouping(shuffled), existing: once.existing))
        let difference = steps.difference(from: once)
        #expect(difference == nil, "seed \(seed)")
    }

    @Test("what is listed can be read back from the branch alone", arguments: 0..<60 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) throws {
        var random = RandomState(seed: seed)
        var items = random.items()
        for index in items.indices where index.isMultiple(of: 2) {
            items[index].builds = items[index].builds.map(\.judged)
        }
        var branch = Branch()
        branch.apply(try MainRenderer(random.registry).changes(for: LayerState.grouping(items), existing: { _ in nil }))
        let reader = try RegistryReader(existing: branch.existing)
        for layer in LayerState.grouping(items) {
            let expected = layer.items.compactMap { state -> ItemState? in
                let releases = state.releases.filter(\.status.isListed).sorted { $0.id < $1.id }
                guard !state.builds.isEmpty else { return nil }
                return ItemState(item: state.item, builds: state.builds, releases: releases, aliases: state.aliases)
            }
            #expect(try reader.states(of: layer.layer) == expected, "seed \(seed)")
        }
    }

    @Test("a build's errors and warnings stand in its file, with the reasons of those that are waived")
    func findings() throws {
        var states = fixture.items
        let index = try #require(states.firstIndex { !$0.builds.isEmpty && $0.builds[0].artifact != nil })
        let item = states[index].item
        states[index].builds = states[index].builds.map(\.judged)
        var branch = Branch()
        branch.apply(
            try MainRenderer(fixture.registry).changes(for: LayerState.grouping(states), existing: { _ in nil }))
        let number = states[index].builds[0].buildNumber
        let text = try #require(branch.text("layers/\(item.layer)/\(item.target)/\(number).json"))
        #expect(
            text.contains(
                #"{"rule":"missing-library","verdict":"error","message":"'a' needs \"b\"","wheel":"a.whl","waived":"why"}"#
            ),
            "\(text)")
        #expect(
            text.contains(#"{"place":"sandbox","python":"3.12.1","modules":2,"remark":"slow"}"#), "\(text)")
        #expect(
            text.contains(#"{"scope":"reached","python":"3.12.1","packages":["a"],"rules":1}"#), "\(text)")
        #expect(
            try RegistryReader { branch.text($0).map { Array($0.utf8) } }.states(of: item.layer).contains {
                $0.builds == states[index].builds
            })
    }

    @Test("a build whose wheels were changed by hand is not read back")
    func tampered() throws {
        let branch = try rendered(fixture)
        let reader = try RegistryReader { path in
            branch.text(path).map { text in
                path.hasSuffix("numpy/python3.12/1.json")
                    ? Array(text.replacing("numpy-2.3.2", with: "numpy-6.6.6").utf8) : Array(text.utf8)
            }
        }
        #expect(throws: StrataError.self) { try reader.states(of: #require(LayerName("numpy"))) }
    }

    @Test(
        "numbers that cannot be are refused with the layer's name, whatever reads the branch back",
        arguments: ["9000000000000000000", "-1", "2000000"])
    func absurd(builds: String) throws {
        let branch = try rendered(fixture)
        let reader = try RegistryReader { path in
            branch.text(path).map { text in
                path == "layers/numpy/releases.json"
                    ? Array(text.replacing(/"builds": ?\d+/, with: "\"builds\":\(builds)").utf8) : Array(text.utf8)
            }
        }
        let error = #expect(throws: StrataError.self) { try reader.states(of: #require(LayerName("numpy"))) }
        #expect(error?.place.layer == "numpy" && error?.code == .inconsistent)
    }
}

extension Build {
    /// The same with something that the checks said.
    fileprivate var judged: Build {
        let findings = [
            Finding(.missingLibrary, .error, "'a' needs \"b\"", wheel: "a.whl", waived: "why"),
            Finding(.pathFiles, .warning, "é"),
        ]
        let judged = artifact.map { artifact in
            Artifact(
                recipe: artifact.recipe, sha256: artifact.sha256, zipped: artifact.zipped, unzipped: artifact.unzipped,
                lock: artifact.lock,
                options: BuildOptions(
                    bytecode: .init(.reached, python: "3.12.1", packages: ["a"].compactMap { PackageName($0) })),
                findings: findings, imports: ImportProof(.sandbox, python: "3.12.1", modules: 2, remark: "slow"))
        }
        return Build(
            buildNumber: buildNumber, item: item, version: version, artifact: judged, requirements: requirements,
            packages: packages, created: created)
    }
}
