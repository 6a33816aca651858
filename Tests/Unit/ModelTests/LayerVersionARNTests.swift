import FoundationEssentials
import Model
import Testing

@Suite("ARNs of layer versions")
struct LayerVersionARNTests {
    @Test(
        "are read as they are written",
        arguments: [
            "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:layer:a_b-c:12",
            "arn:aws-cn:lambda:cn-north-1:000000000001:layer:X:1", "arn:aws:lambda:eu-west-1:111122223333:layer:a:7",
        ])
    func roundTrip(text: String) throws {
        let arn = try #require(LayerVersionARN(text))
        #expect(arn.description == text)
        #expect(LayerVersionARN(region: arn.region, account: arn.account, name: arn.name, number: arn.number) == arn)
        #expect(try JSONDecoder().decode([LayerVersionARN].self, from: JSONEncoder().encode([arn])) == [arn])
    }

    @Test("tell partition, region, account, name and number")
    func parts() throws {
        let arn = try #require(LayerVersionARN("arn:aws-eusc:lambda:eusc-de-east-1:111122223333:layer:acme-p312-x:9"))
        #expect(arn.partition == .europeanSovereign)
        #expect(arn.account == "111122223333")
        #expect(arn.release == Release.ID(account: arn.account, region: arn.region, name: "acme-p312-x", number: 9))
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "arn:aws:lambda:us-gov-west-1:111122223333:layer:a:1", "arn:aws:lambda:us-east-1:1:layer:a:1",
            "arn:aws:lambda:us-east-1:111122223333:layer:a", "arn:aws:lambda:us-east-1:111122223333:layer:a:0",
            "arn:aws:lambda:us-east-1:111122223333:layer:a:+1", "arn:aws:lambda:us-east-1:111122223333:layer:a b:1",
            "arn:aws:lambda:us-east-1:111122223333:layer:a:1:2", "arn:aws:s3:us-east-1:111122223333:layer:a:1",
            "arn:aws:lambda:us-east-1:11112222333é:layer:a:1",
            "arn:aws:lambda:us-east-1:111122223333:layer:a:99999999999999999999",
        ])
    func others(text: String) { #expect(LayerVersionARN(text) == nil) }
}
