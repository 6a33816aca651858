import Consuming
import Git
import Model
import Settings
import Site

/// The input is a strata.yaml. Its problems have a place in it, or in a package list.
func settings(_ bytes: UnsafeRawBufferPointer) throws {
    do throws(SettingsProblems) {
        _ = try ProjectSettings(yaml: Array(bytes), file: "strata.yaml", folder: "/strata") {
            _ throws(StrataError) in Array("requests>=2\n".utf8)
        }
    } catch {
        precondition(!error.problems.isEmpty && error.problems.allSatisfy { $0.place.file != nil })
    }
}

/// The input is a file of a registry: a layer's releases, as those who publish read them back, and as readers do.
func registry(_ bytes: UnsafeRawBufferPointer) throws {
    let file = Array(bytes)
    if let name = LayerName("requests"),
        let reader = try? RegistryReader(existing: {
            ["registry.json", "releases.json"].contains($0.split(separator: "/").last) ? file : nil
        })
    {
        _ = try? reader.states(of: name)
        for release in (try? reader.listedReleases(of: name)) ?? [] { precondition(release.id.number > 0) }
    }
    let history = try LayerHistory(file: file, path: "requests/releases.json")
    for release in history.releases {
        for region in release.numbers.keys { precondition(release.arn(in: region) != nil) }
    }
}

/// The input is another system's file. It says the same however it is cut into chunks.
func imports(_ bytes: UnsafeRawBufferPointer) throws {
    let file = Array(bytes)
    var whole = KlayersReader()
    whole.begin("file")
    whole.read(file)
    whole.end()
    var pieces = KlayersReader()
    pieces.begin("file")
    for start in stride(from: 0, to: file.count, by: 7) { pieces.read(file[start..<min(start + 7, file.count)]) }
    pieces.end()
    precondition(whole.result.releases == pieces.result.releases)
    precondition(whole.result.refusals == pieces.result.refusals)
    precondition(whole.result.remarks == pieces.result.remarks)
    var other = try ExternalReader(account: "111122223333")
    other.read(file, file: "file")
}

/// The input is a known_hosts file. A revoked key is never one that a server may present.
func knownHosts(_ bytes: UnsafeRawBufferPointer) throws {
    var hosts = KnownHosts()
    try hosts.add(String(decoding: bytes, as: UTF8.self), from: "known_hosts")
    for (host, port) in [("git.example.org", UInt16(22)), ("127.0.0.1", 2222)] {
        for key in hosts.pins(for: host, port: port) { precondition(!hosts.revokes(key, for: host, port: port)) }
    }
}
