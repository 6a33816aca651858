import FoundationEssentials
import Testing

/// Layers with programs and libraries, run where there is nothing but the layer and the C library.
@Suite("A whole layer")
struct WholeLayerTests {
    /// What Lambda sets. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    private static let paths = [
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH":
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    ]

    /// Unpacks a layer into the `opt` of a new root, which has the loader and the C library besides.
    private func root(of zip: String, in place: Workplace) async throws -> String {
        let root = "\(place.folder)/root"
        let script = """
            rm -rf \(root) && mkdir -p \(root)/opt \(root)/lib64 \(root)/tmp
            for name in ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libgcc_s.so.1; do
                cp -L "$(/sbin/ldconfig -p | sed -n "s|.*$name .*x86-64.*=> ||p" | head -n 1)" \(root)/lib64/
            done
            unzip -qq \(zip) -d \(root)/opt
            """
        try await place.run("bash", "-euc", script)
        return root
    }

    private func run(_ command: String..., root: String, in place: Workplace) async throws -> Outcome {
        try await Command(
            arguments: ["/usr/bin/unshare", "--map-root-user", "--mount", "/usr/sbin/chroot", root] + command,
            environment: Self.paths, folder: place.folder
        ).run()
    }

    @Test("has its packages' programs on Lambda's PATH: native ones, and console scripts")
    func programs() async throws {
        let place = try Workplace(
            Configuration(
                layers: ["{ name: tools, requires: [ruff, tabulate], bin: [ruff, tabulate] }"], targets: ["python3.12"])
        )
        let build = try await place.strata("build", "--output", "out")
        #expect(build.code == 0, "\(build.error)")
        let root = try await root(of: "out/python3.12/tools.zip", in: place)
        let ruff = try await run("ruff", "--version", root: root, in: place)
        #expect(ruff.code == 0 && ruff.output.hasPrefix("ruff "), "\(ruff.error)")
        // With this machine's Python in place of Lambda's, and neither PYTHONPATH nor the layer's folder on the path.
        let script = """
            mkdir -p \(root)/usr \(root)/bin && mount --rbind /usr \(root)/usr && mount --rbind /lib \(root)/lib \
            && printf 'a b' >\(root)/tmp/x && exec /usr/sbin/chroot \(root) tabulate /tmp/x
            """
        try FileManager.default.createDirectory(atPath: "\(root)/lib", withIntermediateDirectories: true)
        let tabulate = try await Command(
            arguments: ["/usr/bin/unshare", "--map-root-user", "--mount", "/bin/bash", "-euc", script],
            environment: ["PATH": "/usr/bin:/bin:/opt/bin"], folder: place.folder
        ).run()
        #expect(tabulate.code == 0 && tabulate.output.contains("a  b"), "\(tabulate.error)\(tabulate.output)")
    }

    @Test("names the programs that there are when one is asked for that is not")
    func unknownProgram() async throws {
        let place = try Workplace(
            Configuration(layers: ["{ requires: tabulate, bin: [tabulte] }"], targets: ["python3.12"]))
        let build = try await place.strata("build", "--output", "out")
        #expect(build.code == 1)
        #expect(build.output.contains("did you mean 'tabulate'?"), "\(build.output)")
    }

    /// This machine's Debian brings the packages, as its maintainers would repack them.
    @Test(
        "runs Debian's jq with its libraries; one that needs a newer C library than the target's is held until it is waived"
    )
    func debian() async throws {
        let files = """
            files: [
              { path: vendor/jq.deb, take: { usr/bin/jq: bin/ }, licence: MIT },
              { path: vendor/libjq1.deb, take: { "usr/lib/*/libjq.so.1": lib/ } },
              { path: vendor/libonig5.deb, take: { "usr/lib/*/libonig.so.5": lib/ }, version: "6.9" }
            ]
            """.split(separator: "\n").joined(separator: " ")
        func configuration(_ more: String, target: String = "python3.12") -> Configuration {
            Configuration(layers: ["{ name: jq, requires: [six], \(files)\(more) }"], targets: [target])
        }
        let place = try Workplace(configuration(""))
        try await place.run(
            "bash", "-euc",
            """
            mkdir vendor && cd vendor && get="apt-get -qq download jq libjq1 libonig5"
            $get 2>/dev/null || { apt-get -qq update && $get; }
            for name in jq libjq1 libonig5; do mv ${name}_*.deb $name.deb; done
            """)
        let held = try await place.strata("build", "--output", "out")
        #expect(held.code == 1)
        #expect(held.output.contains("libjq.so.1' needs version 2."), "\(held.output)")

        try place.write("strata.yaml", configuration(", checks: { waive: { symbol-versions: a test } }").text)
        let build = try await place.strata("build", "--output", "out")
        #expect(build.code == 0, "\(build.error)\(build.output)")
        let root = try await root(of: "out/python3.12/jq.zip", in: place)
        let jq = try await run("jq", "--version", root: root, in: place)
        #expect(jq.code == 0 && jq.output.hasPrefix("jq-1."), "\(jq.error)\(jq.output)")
        let computed = try await run("jq", "-n", "[1, 2] | add", root: root, in: place)
        #expect(computed.output == "3\n")

        // Without a library, it is said before anybody tries.
        try place.write(
            "strata.yaml",
            configuration(", checks: { waive: { symbol-versions: a test } }").text
                .replacing("libonig.so.5\": lib/", with: "libonig.so.5\": share/"))
        let poor = try await place.strata("build", "--output", "out")
        #expect(poor.output.contains("libonig.so.5, which neither the layer nor"), "\(poor.output)")

        // Another machine's code is an error.
        try place.write("strata.yaml", configuration("", target: "python3.12-arm64").text)
        let other = try await place.strata("build", "--output", "out")
        #expect(other.code == 1)
        #expect(other.output.contains("take the archive for arm64"), "\(other.output)")
    }

    @Test("is published, told with its sources, and made again from the registry's record")
    func record() async throws {
        let place = try Workplace(
            Configuration(
                layers: [
                    """
                    { name: six, requires: [six], files: [{ path: vendor/tool.sh, take: { "*": bin/tool }, licence: MIT, \
                    version: "1.2" }] }
                    """
                ], targets: ["python3.12"]))
        try place.write("vendor/tool.sh", "#!/bin/sh\necho tool\n")
        let publish = try await place.strata("publish")
        #expect(publish.code == 0, "\(publish.error)\(publish.output)")
        let explain = try await place.strata("explain", "six")
        #expect(explain.output.contains("files of vendor/tool.sh (1.2, MIT), sha256 "), "\(explain.output)")
        let file = try await place.run(
            "git", "-C", "registry.git", "show", "main:layers/six/python3.12/1.json")
        #expect(file.contains("\"files\":[{\"url\":\"vendor/tool.sh\",\"sha256\":"), "\(file)")
        let lock = try await place.run("git", "-C", "registry.git", "show", "main:layers/six/python3.12/1.pylock.toml")
        #expect(
            lock.contains("[[tool.strata.files]]\nname = \"tool.sh\"\nversion = \"1.2\"\nlicence = \"MIT\"\n"),
            "\(lock)")
        let bill = try await place.run(
            "git", "-C", "registry.git", "show", "gh-pages:api/v1/builds/six/python3.12/1.cdx.json")
        #expect(bill.contains("{\"type\":\"file\",\"bom-ref\":\"sha256:"), "\(bill)")
        let page = try await place.run("git", "-C", "registry.git", "show", "gh-pages:layers/six.html")
        #expect(page.contains("tool.sh") && page.contains("vendor/tool.sh"))
        let again = try await place.strata("publish")
        #expect(again.code == 0 && again.output.contains("Nothing to do"), "\(again.output)")
        // The ledger goes: what main says is enough for the same bytes.
        try await place.run("bash", "-c", "rm ledger.sqlite*")
        let rebuilt = try await place.strata("reconcile", "--rebuild")
        #expect(rebuilt.code == 0, "\(rebuilt.error)\(rebuilt.output)")
        try place.write(
            "strata.yaml", try place.text("strata.yaml").replacing("eu-west-1]", with: "eu-west-1, eu-north-1]"))
        let wider = try await place.strata("publish")
        #expect(wider.code == 0, "\(wider.error)\(wider.output)")
    }
}
