import Foundation
import Model
import Testing

@Suite("The runtime's loop", .serialized)
struct LoopTests {
    private let emulator: Emulator

    init() throws { emulator = try Emulator() }

    @Test("answers one call after another in the same process")
    func echo() async throws {
        try await emulator.function("echo")
        for number in 1...20 {
            let payload = #"{"act":"echo","count":\#(number)}"#
            let answer = try await emulator.invoke("echo", payload)
            #expect(answer.error == nil && answer.text == payload)
        }
        #expect(try await emulator.count("processes", of: "echo") == 1)
    }

    @Test("is started again for each call that no process is free for, and no more often than that")
    func concurrency() async throws {
        try await emulator.function("many", concurrency: 3)
        let file = FileManager.default.temporaryDirectory.appending(path: "strata-release-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask { try await emulator.invoke("many", #"{"act":"wait","file":"\#(file)"}"#).status }
            }
            while try await emulator.log("many").count < 3 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(try await emulator.invoke("many", #"{"act":"echo"}"#).status == 429)
            try Data().write(to: URL(filePath: file))
            for try await status in group { #expect(status == 200) }
        }
        #expect(try await emulator.count("processes", of: "many") == 3)
    }

    @Test(
        "tells an error's type, its one line and an empty stack trace",
        arguments: [
            (StrataError.Code.leaseHeld, "LeaseHeld"), (.refused, "OverLimits"), (.configuration, "Configuration"),
            (.throttled, "Throttled"), (.timedOut, "Temporary"), (.connection, "Temporary"),
            (.unavailable, "Temporary"), (.inconsistent, "Failed"), (.accessDenied, "Failed"),
        ])
    func errors(code: StrataError.Code, type: String) async throws {
        try await emulator.function("fail")
        let answer = try await emulator.invoke("fail", #"{"act":"fail","code":"\#(code.rawValue)"}"#)
        #expect(answer.error == "Unhandled")
        #expect(answer.failure?.errorType == type)
        #expect(answer.failure?.errorMessage == "planted; look elsewhere")
        #expect(answer.failure?.stackTrace == [])
        #expect(try await emulator.invoke("fail", #"{"act":"echo"}"#).error == nil, "the process goes on")
        #expect(try await emulator.count("processes", of: "fail") == 1)
    }

    @Test("says what is wrong with a payload", arguments: ["", "[]", "{", #"{"act":1}"#, #"{"code":"git"}"#, "null"])
    func malformed(payload: String) async throws {
        try await emulator.function("malformed")
        let answer = try await emulator.invoke("malformed", payload)
        #expect(answer.failure?.errorType == "Failed")
        #expect(answer.failure?.errorMessage.hasPrefix("the payload is not what the handler takes") == true)
        #expect(try await emulator.invoke("malformed", #"{"act":"echo"}"#).error == nil)
    }

    @Test("sends an answer of Lambda's limit, and does not send a larger one")
    func limit() async throws {
        try await emulator.function("size")
        let largest = try await emulator.invoke("size", #"{"act":"size","count":6291556}"#)
        #expect(largest.error == nil && largest.body.count == 6_291_556)
        let larger = try await emulator.invoke("size", #"{"act":"size","count":6291557}"#)
        #expect(larger.error == "Unhandled")
        #expect(larger.failure?.errorType == "Function.ResponseSizeTooLarge")
        #expect(larger.failure?.errorMessage.contains("the response has 6291557 bytes") == true)
        #expect(try await emulator.count("processes", of: "size") == 1)
    }

    @Test("cancels a call a moment before its time is up, says so, and keeps the process")
    func deadline() async throws {
        try await emulator.function("slow")
        try await emulator.hurry("slow", seconds: 2)
        let answer = try await emulator.invoke("slow", #"{"act":"sleep","seconds":600}"#)
        #expect(answer.failure?.errorType == "Temporary")
        #expect(answer.failure?.errorMessage.contains("ran out of time") == true)
        #expect(try await emulator.invoke("slow", #"{"act":"echo"}"#).error == nil)
        #expect(try await emulator.count("processes", of: "slow") == 1)
    }

    @Test("ends its process when a call does not let itself be cancelled, after it has said so")
    func stuck() async throws {
        try await emulator.function("stuck")
        try await emulator.hurry("stuck", seconds: 2)
        let answer = try await emulator.invoke("stuck", #"{"act":"block","seconds":600}"#)
        #expect(answer.failure?.errorType == "Temporary")
        // The process may take a moment to end; the next call gets one that is not stuck.
        while try await emulator.invoke("stuck", #"{"act":"echo"}"#).error != nil {}
        #expect(try await emulator.count("processes", of: "stuck") >= 2)
    }

    @Test("a process that ends in the middle of a call fails that call only", arguments: ["exit", "abort"])
    func crash(act: String) async throws {
        try await emulator.function("crash")
        let answer = try await emulator.invoke("crash", #"{"act":"\#(act)"}"#)
        #expect(answer.failure?.errorType == "Runtime.ExitError")
        #expect(answer.failure?.errorMessage.contains(act == "exit" ? "exit status 3" : "signal: sigkill") == true)
        #expect(try await emulator.invoke("crash", #"{"act":"echo"}"#).error == nil)
        #expect(try await emulator.count("processes", of: "crash") == 2)
    }

    @Test("reports that it cannot begin, each time it is tried")
    func initError() async throws {
        try await emulator.function("broken", handler: "broken")
        for _ in 0..<2 {
            let answer = try await emulator.invoke("broken", #"{"act":"echo"}"#)
            #expect(answer.failure?.errorType == "Configuration")
            #expect(answer.failure?.errorMessage == "planted in the configuration")
        }
        try await emulator.function("dead", handler: "dead")
        let dead = try await emulator.invoke("dead", #"{"act":"echo"}"#)
        #expect(dead.failure?.errorType == "Runtime.ExitError")
        #expect(dead.failure?.errorMessage.contains("exit status 7") == true)
    }

    @Test("ends at SIGTERM with success while it waits for a call")
    func terminateIdle() async throws {
        try await emulator.function("idle")
        _ = try await emulator.invoke("idle", #"{"act":"echo"}"#)
        #expect(try await emulator.control("stop", ["name": "idle"])["codes"] as? [Int] == [0])
    }

    @Test("at SIGTERM cancels the call that is under way, answers it, and ends with success")
    func terminateBusy() async throws {
        try await emulator.function("busy")
        _ = try await emulator.invoke("busy", #"{"act":"echo"}"#)
        async let answer = emulator.invoke("busy", #"{"act":"sleep","seconds":600}"#)
        while !(try await emulator.log("busy").contains { $0["message"] as? String == "sleep begins" }) {}
        #expect(try await emulator.control("stop", ["name": "busy"])["codes"] as? [Int] == [0])
        let told = try await answer
        #expect(told.failure?.errorType == "Temporary")
        #expect(told.failure?.errorMessage == "the call was cancelled")
    }

    @Test("writes log lines that are JSON and carry the call's id and X-Ray's header")
    func logs() async throws {
        try await emulator.function("log")
        let trace = try await emulator.invoke("log", #"{"act":"trace"}"#)
        _ = try await emulator.invoke("log", #"{"act":"fail"}"#)
        let lines = try await emulator.log("log")
        #expect(
            lines.map { $0["message"] as? String } == [
                "trace begins", "fail begins", "Failed: planted; look elsewhere",
            ])
        #expect(lines.map { $0["level"] as? String } == ["INFO", "INFO", "ERROR"])
        #expect(
            lines.allSatisfy {
                $0["function"] as? String == "echo" && ($0["timestamp"] as? String)?.hasSuffix("Z") == true
            })
        let ids = lines.compactMap { $0["requestId"] as? String }
        #expect(ids.count == 3 && ids[0] != ids[1] && ids[1] == ids[2])
        let header = try #require(lines[0]["traceId"] as? String)
        #expect(header.hasPrefix("Root=1-"))
        #expect(trace.text == #"{"trace":"\#(header)"}"#)
    }

    @Test("takes a call that was made twice twice, and one whose answer is lost once")
    func deliveries() async throws {
        try await emulator.function("twice")
        try await emulator.control("faults", ["name": "twice", "faults": [["fault": "duplicate"], ["fault": "lose"]]])
        #expect(try await emulator.invoke("twice", #"{"act":"echo"}"#).error == nil)
        #expect(try await emulator.log("twice").count == 2)
        #expect(try await emulator.invoke("twice", #"{"act":"echo"}"#).status == 500)
        #expect(try await emulator.log("twice").count == 3)
    }

    @Test("a runtime whose host is gone ends by itself")
    func hostGone() async throws {
        let process = Process()
        process.executableURL = URL(filePath: try Emulator.worker())
        process.environment = ["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9", "_HANDLER": "echo"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                process.waitUntilExit()
                done.resume()
            }
        }
        #expect(process.terminationStatus == 1)
    }
}
