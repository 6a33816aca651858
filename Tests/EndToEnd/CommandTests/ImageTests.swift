import FoundationEssentials
import Testing

/// Layers as container images, read by programs that are not ours.
@Suite("A layer as an image")
struct ImageTests {
    private static let layer = """
        { name: Tools, requires: [six, tabulate], bin: [tabulate], files: [{ path: tool.sh, take: { "*": bin/tool } }] }
        """

    private func place() throws -> Workplace {
        let place = try Workplace(Configuration(layers: [Self.layer], targets: ["python3.12", "python3.12-arm64"]))
        try place.write("tool.sh", "#!/bin/sh\necho tool\n")
        return place
    }

    @Test("holds what the zip holds, below /opt, by every digest that describes it, and is the same bytes each time")
    func contents() async throws {
        let place = try place()
        let ways = ["umask 022; export TZ=UTC", "umask 077; export TZ=Pacific/Chatham LC_ALL=C.UTF-8"]
        for (number, way) in ways.enumerated() {
            let build = try await place.command(
                ["build", "--target", "python3.12-arm64", "--image", "\(number).tar", "-o", "out"], shell: way
            ).run()
            #expect(build.code == 0, "\(build.error)\(build.output)")
            #expect(build.output.contains("image \(number).tar"), "\(build.output)")
        }
        #expect(try place.bytes("0.tar") == place.bytes("1.tar"))
        // Python's tarfile, json and hashlib; and unzip for the zip.
        let check = """
            import hashlib, json, tarfile, zipfile
            image = tarfile.open("0.tar")
            def blob(described):
                data = image.extractfile("blobs/" + described["digest"].replace(":", "/")).read()
                assert hashlib.sha256(data).hexdigest() == described["digest"][7:] and len(data) == described["size"]
                return data
            assert json.load(image.extractfile("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
            index = json.load(image.extractfile("index.json"))
            manifest = json.loads(blob(index["manifests"][0]))
            config = json.loads(blob(manifest["config"]))
            assert (config["architecture"], config["os"]) == ("arm64", "linux"), config
            layer = manifest["layers"][0]
            assert config["rootfs"]["diff_ids"] == [layer["digest"]]
            docker = json.load(image.extractfile("manifest.json"))[0]
            assert docker["Layers"] == ["blobs/" + layer["digest"].replace(":", "/")]
            assert docker["Config"] == "blobs/" + manifest["config"]["digest"].replace(":", "/")
            import io
            files = tarfile.open(fileobj=io.BytesIO(blob(layer)))
            zipped = zipfile.ZipFile("out/python3.12-arm64/Tools.zip")
            members = {m.name: m for m in files if m.isfile()}
            assert sorted(members) == sorted("opt/" + n for n in zipped.namelist())
            for entry in zipped.infolist():
                member = members["opt/" + entry.filename]
                assert files.extractfile(member).read() == zipped.read(entry)
                assert member.mode == (entry.external_attr >> 16) & 0o777
                assert (member.uid, member.gid, member.mtime) == (0, 0, 315532800)
            print(len(members))
            """
        #expect((Int(try await place.run(Program.python, "-c", check).filter(\.isNumber)) ?? 0) > 5)
    }

    @Test("is read, unpacked and copied by skopeo and umoci")
    func foreignReaders() async throws {
        let place = try place()
        let build = try await place.strata("build", "--target", "python3.12", "--image", "tools.tar", "-o", "out")
        #expect(build.code == 0, "\(build.error)\(build.output)")
        let about = try await place.run(
            "skopeo", "inspect", "--override-arch", "amd64", "oci-archive:tools.tar")
        #expect(about.contains("\"Architecture\": \"amd64\""), "\(about)")
        try await place.run("skopeo", "copy", "--quiet", "docker-archive:tools.tar", "dir:docker", "--insecure-policy")
        try await place.run("skopeo", "copy", "--quiet", "--insecure-policy", "oci-archive:tools.tar", "oci:layout:one")
        try await place.run("umoci", "unpack", "--rootless", "--image", "layout:one", "unpacked")
        let opt = "unpacked/rootfs/opt"
        #expect(try await place.run("\(opt)/bin/tool") == "tool\n")
        try await place.run("unzip", "-qq", "out/python3.12/Tools.zip", "-d", "zip")
        try await place.run("diff", "-r", "zip", opt)
    }

    @Test("may be larger than Lambda takes as a layer; then there is no zip")
    func large() async throws {
        let place = try Workplace(
            Configuration(
                layers: ["{ name: large, requires: [six], files: [{ path: zeros, take: { \"*\": share/ } }] }"],
                targets: ["python3.12"]))
        try await place.run("truncate", "-s", "300M", "zeros")
        let refused = try await place.strata("build", "-o", "out")
        #expect(refused.code == 1)
        #expect(refused.output.contains("strata build --image"), "\(refused.output)")
        let build = try await place.strata("build", "-o", "out", "--image", "large.tar", "--json")
        #expect(build.code == 0, "\(build.error)\(build.output)")
        #expect(build.output.contains("\"image\""))
        #expect(try place.files("out").isEmpty)
        #expect(try place.bytes("large.tar").count > 300_000_000)
        // What was made for an image is no layer now, either.
        #expect(try await place.strata("build", "-o", "out").code == 1)
    }

    @Test("is of one layer for one target")
    func one() async throws {
        let build = try await place().strata("build", "--image", "x.tar")
        #expect(build.code == 2)
        #expect(build.error.contains("--image takes one layer for one target, and these are 2"), "\(build.error)")
    }
}
