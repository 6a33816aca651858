import Foundation
import HTTP
import Model
import Synchronization
import Testing

@Suite("A client")
struct ClientTests {
    @Test("keeps its connections")
    func reuse() async throws {
        let server = try LoopbackServer.answering { answer($0.path) }
        defer { server.close() }
        let client = try HTTPClient()
        for index in 0..<20 {
            #expect(try await client.send(HTTPRequest(.get, "\(server.url)/\(index)")).body == Array("/\(index)".utf8))
        }
        #expect(server.connections == 1)
    }

    @Test(
        "repeats a GET on a fresh connection when the kept one is dead, but never a POST",
        arguments: [
            (HTTPRequest.Method.get, HTTPRequest.Body.empty, true), (.post, .bytes([1, 2, 3]), false),
            (.post, .empty, false),
        ])
    func deadConnection(method: HTTPRequest.Method, body: HTTPRequest.Body, repeats: Bool) async throws {
        // Every connection answers its first request, and takes the second without a word.
        let server = try LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(answer("first"))
            _ = connection.readRequest()
        }
        defer { server.close() }
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest(.get, server.url))
        let error = await failure { try await client.send(HTTPRequest(method, server.url, body: body)) }
        #expect((error == nil) == repeats)
        #expect(server.requests.count == (repeats ? 3 : 2), "a request with an effect is sent once")
        if let error {
            #expect(error.code == .connection)
            #expect((error.cause as? TransportFailure)?.mayHaveTakenEffect == true)
        }
    }

    @Test("serves many tasks at once, each with its own answer")
    func concurrent() async throws {
        let server = try LoopbackServer.answering { answer($0.path) }
        defer { server.close() }
        let client = try HTTPClient()
        let url = server.url
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let response = try? await client.send(HTTPRequest(.get, "\(url)/\(index)"))
                    return response?.body == Array("/\(index)".utf8)
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(server.requests.count == 100)
    }

    @Test("keeps to its limit for a host")
    func limits() async throws {
        let load = Mutex((now: 0, most: 0))
        let server = try LoopbackServer { connection in
            while connection.readRequest() != nil {
                load.withLock { load in
                    load.now += 1
                    load.most = max(load.most, load.now)
                }
                usleep(5000)
                load.withLock { $0.now -= 1 }
                connection.write(answer(""))
            }
        }
        defer { server.close() }
        var options = HTTPClient.Options()
        options.limits = HTTPClient.Limits(inFlight: 10, inFlightPerHost: 3)
        let client = try HTTPClient(options)
        let url = server.url
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<30 { group.addTask { _ = try await client.send(HTTPRequest(.get, url)) } }
            try await group.waitForAll()
        }
        #expect(load.withLock(\.most) == 3)
    }

    @Test("fails what is under way, what waits and what comes later, once closed")
    func closing() async throws {
        let server = try LoopbackServer { $0.waitForEnd() }
        defer { server.close() }
        var options = HTTPClient.Options()
        options.limits = HTTPClient.Limits(inFlight: 1)
        let client = try HTTPClient(options)
        let url = server.url
        await withTaskGroup(of: StrataError.Code?.self) { group in
            for _ in 0..<5 { group.addTask { await failure { try await client.send(HTTPRequest(.get, url)) }?.code } }
            while server.connections == 0 { await Task.yield() }
            client.close()
            for await code in group { #expect(code == .cancelled) }
        }
        #expect(await failure { try await client.send(HTTPRequest(.get, url)) }?.code == .cancelled)
    }

    @Suite("when the task is cancelled")
    struct Cancellation {
        @Test("sends nothing if it was cancelled before")
        func early() async throws {
            let server = try LoopbackServer.answering { _ in answer("") }
            defer { server.close() }
            let client = try HTTPClient()
            let url = server.url
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure { try await client.send(HTTPRequest(.get, url)) }?.code
            }
            #expect(await task.value == .cancelled)
            #expect(server.requests.isEmpty)
        }

        @Test("closes the connection at once if it is under way")
        func midway() async throws {
            let hungUp = Mutex(false)
            let server = try LoopbackServer { connection in
                _ = connection.readRequest()
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
                connection.waitForEnd()
                hungUp.withLock { $0 = true }
            }
            defer { server.close() }
            let client = try HTTPClient()
            let url = server.url
            let task = Task { await failure { try await client.send(HTTPRequest(.get, url)) }?.code }
            while server.requests.isEmpty { await Task.yield() }
            task.cancel()
            #expect(await task.value == .cancelled)
            while !hungUp.withLock({ $0 }) { await Task.yield() }
        }

        @Test("leaves the line if it waits its turn, and lets the next one pass")
        func waiting() async throws {
            let server = try LoopbackServer { connection in
                while let request = connection.readRequest() {
                    if request.path == "/slow" { return connection.waitForEnd() }
                    connection.write(answer(""))
                }
            }
            defer { server.close() }
            var options = HTTPClient.Options()
            options.limits = HTTPClient.Limits(inFlight: 1)
            let client = try HTTPClient(options)
            let url = server.url
            let slow = Task { await failure { try await client.send(HTTPRequest(.get, url + "/slow")) }?.code }
            while server.requests.isEmpty { await Task.yield() }
            let waiting = Task { await failure { try await client.send(HTTPRequest(.get, url + "/waits")) }?.code }
            waiting.cancel()
            #expect(await waiting.value == .cancelled)
            slow.cancel()
            #expect(await slow.value == .cancelled)
            #expect(try await client.send(HTTPRequest(.get, url + "/next")).status == 200)
            #expect(server.requests.map(\.path) == ["/slow", "/next"])
        }

        @Test("answers each of many tasks once, whenever the cancellation comes")
        func storm() async throws {
            let server = try LoopbackServer.answering { _ in answer("x") }
            defer { server.close() }
            let client = try HTTPClient()
            let url = server.url
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        let task = Task { try await client.send(HTTPRequest(.get, url)).status }
                        for _ in 0..<index % 30 { await Task.yield() }
                        task.cancel()
                        switch await task.result {
                        case .success(let status): return status == 200
                        case .failure(let error): return (error as? StrataError)?.code == .cancelled
                        }
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
            #expect(try await client.send(HTTPRequest(.get, url)).status == 200)
        }
    }
}
