import Model
import Testing

extension LayerProviderContract {
    static let policyCases: [ContractCase<LayerProviderSubject>] = [
        ContractCase("a new version has no statements, and every kind of grant is read back") { subject in
            let made = try await subject.publish("one")
            #expect(try await subject.provider.policy(of: made.id).isEmpty)
            let visibilities: [Visibility] = [
                .public, .organization("o-a1b2c3d4e5"), .accounts(["123456789012", "210987654321"]),
            ]
            let grants = visibilities.flatMap(\.grants)
            for grant in grants { try await subject.provider.grant(grant, on: made.id) }
            #expect(Set(try await subject.other.policy(of: made.id)) == Set(grants))
        },
        ContractCase("a statement of the same id is a conflict and changes nothing") { subject in
            let made = try await subject.publish("one")
            let grant = Visibility.Grant(statement: "strata-public", principal: "*")
            try await subject.provider.grant(grant, on: made.id)
            await expect(.conflict) { try await subject.provider.grant(grant, on: made.id) }
            await expect(.conflict) {
                try await subject.other.grant(.init(statement: "strata-public", principal: "123456789012"), on: made.id)
            }
            #expect(try await subject.provider.policy(of: made.id) == [grant])
        },
        ContractCase("a statement is revoked by its id, and revoking what is gone is no error") { subject in
            let made = try await subject.publish("one")
            let grants = Visibility.accounts(["123456789012", "210987654321"]).grants
            for grant in grants { try await subject.provider.grant(grant, on: made.id) }
            try await subject.provider.revoke(statement: grants[0].statement, on: made.id)
            try await subject.provider.revoke(statement: grants[0].statement, on: made.id)
            #expect(try await subject.provider.policy(of: made.id) == [grants[1]])
            try await subject.provider.grant(grants[0], on: made.id)
            #expect(Set(try await subject.provider.policy(of: made.id)) == Set(grants))
        },
        ContractCase("a version that does not exist can be granted to nobody, and has no statements") { subject in
            let made = try await subject.publish("one")
            try await subject.provider.grant(Visibility.public.grants[0], on: made.id)
            try await subject.provider.delete(made.id)
            await expect(.notFound) {
                try await subject.provider.grant(.init(statement: "strata-2", principal: "*"), on: made.id)
            }
            #expect(try await subject.provider.policy(of: made.id).isEmpty)
            try await subject.provider.revoke(statement: "strata-public", on: made.id)
        },
        ContractCase("a policy belongs to one version of one region") { subject in
            let first = try await subject.publish("same")
            let second = try await subject.publish("same")
            let there = try await subject.publish("same", in: subject.there)
            try await subject.provider.grant(Visibility.public.grants[0], on: first.id)
            #expect(try await subject.provider.policy(of: second.id).isEmpty)
            #expect(try await subject.provider.policy(of: there.id).isEmpty)
        },
        ContractCase("a principal that is neither an account nor everybody is refused") { subject in
            let made = try await subject.publish("one")
            for principal in ["", "12345", "everybody", "12345678901x"] {
                await expect(.invalidRequest) {
                    try await subject.provider.grant(.init(statement: "s", principal: principal), on: made.id)
                }
            }
            await expect(.invalidRequest) {
                try await subject.provider.grant(.init(statement: "no id", principal: "*"), on: made.id)
            }
        },
    ]

    static let concurrencyCases: [ContractCase<LayerProviderSubject>] = [
        ContractCase("two publishers at once never get the same number, and each finds its own bytes") { subject in
            let made = try await withThrowingTaskGroup(of: PublishedVersion.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        let provider = number.isMultiple(of: 2) ? subject.provider : subject.other
                        return try await subject.publish("publisher \(number)", by: provider)
                    }
                }
                return try await group.reduce(into: [PublishedVersion]()) { $0.append($1) }
            }
            #expect(Set(made.map(\.id)).count == made.count)
            #expect(Set(made.map(\.sha256)).count == made.count)
            for version in made { #expect(try await subject.provider.version(version.id) == version) }
            #expect(try await subject.provider.versions(of: made[0].id.name, in: subject.here).count == made.count)
        },
        ContractCase("of many that add the same statement at once, one succeeds") { subject in
            let made = try await subject.publish("one")
            let grant = Visibility.public.grants[0]
            let codes = await withTaskGroup(of: StrataError.Code?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let provider = number.isMultiple(of: 2) ? subject.provider : subject.other
                        do {
                            try await provider.grant(grant, on: made.id)
                            return nil
                        } catch {
                            return (error as? StrataError)?.code ?? .inconsistent
                        }
                    }
                }
                return await group.reduce(into: [StrataError.Code?]()) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1)
            #expect(codes.filter { $0 == .conflict }.count == 7)
            #expect(try await subject.provider.policy(of: made.id) == [grant])
        },
    ]
}
