import Model
import Testing

extension LayerProviderContract {
    static let publishingCases: [ContractCase<LayerProviderSubject>] = [
        ContractCase("a published layer has the digest of its bytes, and is read back as it was published") { subject in
            let package = try SampleZip.package("one", in: subject.folder, target: "python3.13-arm64")
            let layer = try await subject.provider.prepare(package, for: [subject.here])
            #expect(layer.package == package)
            let made = try await subject.provider.publish(layer, as: "acme-p313_arm64-one", in: subject.here)
            #expect(
                made.id
                    == Release.ID(
                        account: try await subject.account, region: subject.here, name: "acme-p313_arm64-one", number: 1
                    ))
            #expect(made.sha256 == package.sha256)
            #expect(made.size == package.size)
            #expect(made.description == package.description)
            #expect(made.runtimes == ["python3.13"])
            #expect(made.architectures == [.arm64])
            #expect(try await subject.other.version(made.id) == made)
        },
        ContractCase("an ARN names partition, region, account, layer and number") { subject in
            let made = try await subject.publish("one")
            let account = try await subject.provider.account(in: .aws)
            #expect(account.utf8.count == 12 && account.allSatisfy(\.isNumber))
            #expect(made.arn == "arn:aws:lambda:\(subject.here):\(account):layer:acme-p312-sample:1")
        },
        ContractCase("an ARN of another account, or another release's, is refused") { subject in
            let made = try await subject.publish("one")
            let account = try await subject.provider.account(in: .aws)
            #expect(try await subject.provider.checkOwner(of: made.arn, as: made.id).release == made.id)
            let foreign = made.arn.replacing(account, with: "999988887777")
            await expect(.refused) { try await subject.provider.checkOwner(of: foreign) }
            await expect(.inconsistent) { try await subject.provider.checkOwner(of: foreign, as: made.id) }
            let next = Release.ID(
                account: made.id.account, region: made.id.region, name: made.id.name, number: 2)
            await expect(.inconsistent) { try await subject.provider.checkOwner(of: made.arn, as: next) }
            let elsewhere = Release.ID(
                account: made.id.account, region: subject.there, name: made.id.name, number: made.id.number)
            await expect(.inconsistent) { try await subject.provider.checkOwner(of: made.arn, as: elsewhere) }
            await expect(.inconsistent) { try await subject.provider.checkOwner(of: "arn:aws:lambda") }
        },
        ContractCase("a version of another account is refused, whatever is asked of it") { subject in
            let made = try await subject.publish("mine")
            let (region, name, number) = (made.id.region, made.id.name, made.id.number)
            let other = Release.ID(account: "999988887777", region: region, name: name, number: number)
            let grant = Visibility.public.grants[0]
            await expect(.refused) { _ = try await subject.provider.version(other) }
            await expect(.refused) { try await subject.provider.delete(other) }
            await expect(.refused) { try await subject.provider.grant(grant, on: other) }
            await expect(.refused) { try await subject.provider.revoke(statement: grant.statement, on: other) }
            await expect(.refused) { _ = try await subject.provider.policy(of: other) }
            #expect(try await subject.provider.version(made.id)?.sha256 == made.sha256)
            #expect(try await subject.provider.policy(of: made.id).isEmpty)
        },
        ContractCase("the same bytes published again get the next number") { subject in
            let first = try await subject.publish("same")
            let second = try await subject.publish("same")
            #expect([first.id.number, second.id.number] == [1, 2])
            #expect(first.sha256 == second.sha256)
        },
        ContractCase("one preparation serves several regions, and each counts for itself") { subject in
            let package = try SampleZip.package("both", in: subject.folder)
            _ = try await subject.publish("earlier", in: subject.here)
            let layer = try await subject.provider.prepare(package, for: [subject.here, subject.there])
            let here = try await subject.provider.publish(layer, as: "acme-p312-sample", in: subject.here)
            let there = try await subject.provider.publish(layer, as: "acme-p312-sample", in: subject.there)
            #expect([here.id.number, there.id.number] == [2, 1])
            #expect(here.sha256 == there.sha256)
            #expect(there.arn.contains(subject.there.code))
        },
        ContractCase("a number is never given again, not even that of a deleted newest version") { subject in
            var last = try await subject.publish("1")
            for round in 2...4 {
                try await subject.other.delete(last.id)
                #expect(try await subject.provider.version(last.id) == nil)
                last = try await subject.publish("\(round)")
                #expect(last.id.number == round)
            }
        },
        ContractCase("what does not exist is nil, an empty list, and no error to delete") { subject in
            let id = Release.ID(
                account: try await subject.account, region: subject.here, name: "acme-p312-nothing", number: 3)
            #expect(try await subject.provider.version(id) == nil)
            #expect(try await subject.provider.versions(of: id.name, in: subject.here).isEmpty)
            try await subject.provider.delete(id)
            let made = try await subject.publish("one")
            try await subject.provider.delete(made.id)
            try await subject.provider.delete(made.id)
            #expect(try await subject.provider.versions(of: made.id.name, in: subject.here).isEmpty)
        },
        ContractCase("deleting a version leaves the others, here and in other regions") { subject in
            let first = try await subject.publish("same")
            let second = try await subject.publish("same")
            let there = try await subject.publish("same", in: subject.there)
            try await subject.provider.delete(first.id)
            #expect(try await subject.provider.version(second.id) == second)
            #expect(try await subject.provider.version(there.id) == there)
            #expect(try await subject.provider.versions(of: second.id.name, in: subject.here).map(\.id) == [second.id])
        },
        ContractCase("versions are listed newest first, with descriptions, all of them") { subject in
            // More than the 50 that Lambda lists on a page.
            let package = try SampleZip.package("many", in: subject.folder)
            let layer = try await subject.provider.prepare(package, for: [subject.here])
            var made: [PublishedVersion] = []
            for _ in 1...55 {
                made.append(try await subject.provider.publish(layer, as: "acme-p312-many", in: subject.here))
            }
            _ = try await subject.publish("another", as: "acme-p312-many-more")
            try await subject.provider.delete(made[10].id)
            made.remove(at: 10)
            let listed = try await subject.other.versions(of: "acme-p312-many", in: subject.here)
            let expected = made.reversed().map { VersionSummary(id: $0.id, arn: $0.arn, description: $0.description) }
            #expect(listed == expected)
        },
        ContractCase("the room that layers take is counted") { subject in
            let before = try await subject.provider.storage(in: subject.here)
            #expect(before.limit > before.used)
            let made = try await subject.publish("some bytes")
            #expect(try await subject.other.storage(in: subject.here).used == before.used + made.size)
            try await subject.provider.delete(made.id)
            #expect(try await subject.provider.storage(in: subject.here).used == before.used)
        },
    ]
}
