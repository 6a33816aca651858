import Contracts
import Foundation
import HTTP
import Model
import Testing

/// AWS's Runtime Interface Emulator with the worker as its function. It takes one call at a time.
/// https://github.com/aws/aws-lambda-runtime-interface-emulator
final class InterfaceEmulator: Sendable {
    private let process: Process
    private let url: String
    private let client: HTTPClient
    private let folder: String

    /// - Parameter timeout: of the function, in seconds.
    init(timeout: Int) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "strata-rie-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let program = try Self.program()
        let ports = try (0..<2).map { _ in try Self.freePort() }
        url = "http://127.0.0.1:\(ports[0])/2015-03-31/functions/function/invocations"
        client = try HTTPClient()
        process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [
            "--runtime-interface-emulator-address", "127.0.0.1:\(ports[0])",
            "--runtime-api-address", "127.0.0.1:\(ports[1])", try Emulator.worker(), "echo",
        ]
        process.environment = ["AWS_LAMBDA_FUNCTION_TIMEOUT": "\(timeout)", "PATH": "/usr/bin:/bin", "HOME": folder]
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<2400 {
            if let _ = try? await client.send(HTTPRequest(.get, "http://127.0.0.1:\(ports[0])/")) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the emulator does not answer")
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func invoke(_ payload: String) async throws -> Emulator.Answer {
        var request = HTTPRequest(
            .post, url, body: .bytes(Array(payload.utf8)), sink: .memory(limit: .mebibytes(16)))
        request.proxy = .direct
        let answer = try await client.send(request)
        return Emulator.Answer(
            status: answer.status, error: answer.headers["X-Amz-Function-Error"], body: answer.body)
    }

    /// The program out of the wheel of aws-sam-cli, fetched from the package index once for each checkout.
    private static func program() throws -> String {
        let folder = "\(Emulator.root)/.build/rie"
        let name = "aws-lambda-rie-\(architecture)"
        let path = "\(folder)/\(name)"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        let python = try PythonServer.interpreter()
        try run(
            python,
            [
                "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary",
                ":all:", "--dest", folder, "-r", "\(Emulator.root)/Tests/Servers/requirements-rie.txt",
            ])
        let wheel = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".whl") },
            "the package index has no wheel of aws-sam-cli")
        try run(
            python,
            [
                "-c",
                """
                import os, sys, zipfile
                wheel, member, path = sys.argv[1:]
                with open(path + ".part", "wb") as file:
                    file.write(zipfile.ZipFile(wheel).read(member))
                os.chmod(path + ".part", 0o755)
                os.rename(path + ".part", path)
                """, "\(folder)/\(wheel)", "samcli/local/rapid/\(name)", path,
            ])
        return path
    }

    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "x86_64"
        #endif
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments.joined(separator: " ")) failed")
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int? in
                guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else {
                    return nil
                }
                return 0
            }
        }
        try #require(port != nil, "there is no free port")
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
