import Model
import Publishing
import Testing

@Suite("Publication ids")
struct PublicationIDTests {
    private let moment = Timestamp(seconds: 1_795_000_000)

    @Test("a repeatable id is the same for the same act, and another for any other")
    func repeatable() {
        let id = PublicationID.repeatable(at: moment, seed: "run 1 requests python3.12 4")
        #expect(id == PublicationID.repeatable(at: moment, seed: "run 1 requests python3.12 4"))
        let others = (0..<1000).map { PublicationID.repeatable(at: moment, seed: "run 1 requests python3.12 4\($0)") }
        #expect(Set(others + [id]).count == 1001)
    }

    @Test("every id can be found again in a description, and sorts by its time")
    func shape() {
        let early = PublicationID.repeatable(at: moment, seed: "z")
        let late = PublicationID.repeatable(at: moment + .seconds(1), seed: "a")
        #expect(early < late)
        for id in [early, late, PublicationID.next()] {
            #expect(LayerDescription.publication(in: "x==1 | build 1 | sha256 0 | strata \(id)") == id)
        }
    }
}
