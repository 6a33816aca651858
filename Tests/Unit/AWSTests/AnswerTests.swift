import AWS
import Foundation
import Model
import Testing

@Suite("An XML answer")
struct XMLTests {
    @Test("becomes a tree, with entities and empty elements")
    func tree() throws {
        let text = """
            <?xml version="1.0"?><!-- hi -->
            <R xmlns="http://x/"><A>1 &lt; 2 &amp;&#65;&#x42;</A><B a="1"/><L><M>x</M><M>y</M></L></R>
            """
        let root = try XMLElement(Array(text.utf8))
        #expect(root.name == "R")
        #expect(root.text("A") == "1 < 2 &AB")
        #expect(root.text("B") == "")
        #expect(root.first("L")?.children.map(\.text) == ["x", "y"])
        #expect(root.text("L", "N") == nil)
    }

    @Test(
        "is refused when it is none, or hostile",
        arguments: [
            "", "x", "<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a>&nope;</a>", "<a>&lt</a>", "<a", "</a>",
            "<>x</>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "<a><![CDATA[x]]></a>",
            "<a>&#1114112;</a>",
            String(repeating: "<a>", count: 100_000),
        ])
    func malformed(text: String) {
        #expect(throws: XMLElement.Malformed.self) { try XMLElement(Array(text.utf8)) }
    }

    @Test("never crashes on damaged bytes")
    func damaged() {
        let good = Array("<?xml version=\"1.0\"?><E><Error><Code>A&amp;B</Code><M a='1'/></Error></E>".utf8)
        for round in 0..<2000 {
            var bytes = good
            for _ in 0...round % 4 { bytes[.random(in: bytes.indices)] = .random(in: .min ... .max) }
            if round % 3 == 0 { bytes.removeLast(.random(in: 1..<bytes.count)) }
            _ = try? XMLElement(bytes)
        }
    }
}

@Suite("A layer's policy")
struct LayerPolicyTests {
    @Test("gives each kind of principal, and leaves out what grants no reading")
    func grants() throws {
        let document = """
            {"Version":"2012-10-17","Id":"default","Statement":[
            {"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"r"},
            {"Sid":"org","Effect":"Allow","Principal":{"AWS":"*"},"Action":"lambda:GetLayerVersion","Resource":"r",
             "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}},
            {"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws-cn:iam::111122223333:root"},
             "Action":"lambda:GetLayerVersion","Resource":"r"},
            {"Sid":"no","Effect":"Deny","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"r"},
            {"Sid":"other","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"r"}]}
            """
        #expect(
            try LayerPolicy.grants(Array(document.utf8)) == [
                .init(statement: "all", principal: "*"),
                .init(statement: "org", principal: "*", organization: "o-abc"),
                .init(statement: "one", principal: "111122223333"),
            ])
    }

    @Test("is refused when it is none", arguments: ["", "{}", "[]", "{\"Statement\":[{}]}", "{\"Statement\":1}"])
    func malformed(text: String) {
        #expect(throws: (any Error).self) { try LayerPolicy.grants(Array(text.utf8)) }
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test("agrees with Foundation at every length, and in pieces")
    func agrees() {
        for length in Array(0...70) + [3000, 3001, 3002] {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max) }
            var whole: [UInt8] = Array("x".utf8)
            bytes.withUnsafeBufferPointer { Base64.append($0, to: &whole) }
            #expect(String(decoding: whole.dropFirst(), as: UTF8.self) == Data(bytes).base64EncodedString())
            var pieces: [UInt8] = []
            for start in stride(from: 0, to: length, by: 9) {
                Array(bytes[start..<min(start + 9, length)]).withUnsafeBufferPointer { Base64.append($0, to: &pieces) }
            }
            #expect(pieces == Array(whole.dropFirst()))
            #expect(Base64.decode(String(decoding: pieces, as: UTF8.self)) == bytes)
        }
    }
}

@Suite("The rate of calls")
struct CallRateTests {
    private let here = Region("eu-west-1")
    private let there = Region("us-east-1")

    @Test("lets a second's worth through at once, then spaces the rest, for each region")
    func bucket() throws {
        let (here, there) = (try #require(here), try #require(there))
        let rate = CallRate(perSecond: 5)
        let start = ContinuousClock.now
        let waits = (0..<8).map { _ in rate.reserve(here, at: start) }
        #expect(waits == [0, 0, 0, 0, 0, 0.2, 0.4, 0.6].map { .seconds($0) })
        #expect(rate.reserve(there, at: start) == .zero)
        #expect(rate.reserve(here, at: start + .seconds(10)) == .zero)
    }

    @Test("serves slow rates too")
    func slow() throws {
        let here = try #require(here)
        let rate = CallRate(perSecond: 0.1)
        let start = ContinuousClock.now
        #expect(rate.reserve(here, at: start) == .zero)
        #expect(rate.reserve(here, at: start) == .seconds(10))
    }
}
