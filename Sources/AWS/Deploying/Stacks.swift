import FoundationEssentials
import HTTP
import Model

/// CloudFormation in a region, as far as one stack needs it.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
public struct Stacks: Sendable {
    let client: AWSClient
    let region: Region

    public init(client: AWSClient, region: Region) {
        self.client = client
        self.region = region
    }

    /// A stack as it is.
    public struct Stack: Sendable {
        public var id: String
        /// As `UPDATE_COMPLETE`.
        public var status: Status
        public var reason: String?
        public var parameters: [String: String]
        public var outputs: [String: String]
    }

    /// A stack's state in CloudFormation's words.
    public struct Status: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        public var isInProgress: Bool { description.hasSuffix("_IN_PROGRESS") && !isUnderReview }
        /// Made by a change set that was never carried out.
        public var isUnderReview: Bool { description == "REVIEW_IN_PROGRESS" }
        /// What was asked for is done.
        public var isGood: Bool { ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"].contains(description) }
        /// What a creation that failed has left: it can only be deleted.
        public var isRemains: Bool { ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"].contains(description) }
        public var isDeleted: Bool { description == "DELETE_COMPLETE" }
    }

    /// - Parameter name: the stack's name, or its id, by which deleted stacks are found too.
    /// - Returns: nil if there is no such stack.
    public func stack(_ name: String) async throws(StrataError) -> Stack? {
        let answer: XMLElement
        do throws(StrataError) {
            answer = try await send("DescribeStacks", [("StackName", name)], name)
        } catch {
            guard error.message.contains("does not exist") else { throw error }
            return nil
        }
        let found = answer.first("DescribeStacksResult")?.first("Stacks")?.members.first
        guard let found, let id = found.text("StackId"), let status = found.text("StackStatus") else {
            throw StrataError(.unavailable, "the answer does not name a stack", place: place("DescribeStacks"))
        }
        return Stack(
            id: id, status: Status(description: status), reason: found.text("StackStatusReason"),
            parameters: found.pairs("Parameters", "ParameterKey", "ParameterValue"),
            outputs: found.pairs("Outputs", "OutputKey", "OutputValue"))
    }

    /// Begins to delete a stack. One that does not exist is no error.
    public func delete(_ name: String) async throws(StrataError) {
        _ = try await send("DeleteStack", [("StackName", name)], name)
    }

    /// Something that happened to a resource of a stack.
    public struct Event: Sendable {
        public var id: String
        /// The resource's name in the template.
        public var resource: String
        public var type: String
        public var status: String
        public var reason: String?

        public var isFailure: Bool { status.hasSuffix("_FAILED") }
        /// It only says that another one failed.
        public var isConsequence: Bool { reason?.lowercased().contains("cancelled") ?? false }
    }

    /// What happened after an event, oldest first.
    public func events(of stack: String, after last: String?) async throws(StrataError) -> [Event] {
        var events: [Event] = []
        var token: String?
        repeat {
            let answer = try await send(
                "DescribeStackEvents", [("StackName", stack)] + (token.map { [("NextToken", $0)] } ?? []), stack)
            let result = answer.first("DescribeStackEventsResult")
            for member in result?.first("StackEvents")?.members ?? [] {
                guard let id = member.text("EventId"), id != last else { return events.reversed() }
                events.append(
                    Event(
                        id: id, resource: member.text("LogicalResourceId") ?? "",
                        type: member.text("ResourceType") ?? "", status: member.text("ResourceStatus") ?? "",
                        reason: member.text("ResourceStatusReason")))
            }
            token = result?.text("NextToken")
        } while token?.isEmpty == false && events.count < 10_000
        return events.reversed()
    }

    func send(
        _ operation: String, _ parameters: [(name: String, value: String)], _ stack: String
    ) async throws(StrataError) -> XMLElement {
        let form = [(name: "Action", value: operation), (name: "Version", value: "2010-05-15")] + parameters
        var call = AWSCall(service: .stacks, operation: operation, region: region, method: .post, path: "/")
        call.headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        call.payload = Payload(Array(CanonicalRequest.encode(form).utf8))
        call.resource =
            stack.hasPrefix("arn:")
            ? stack : "arn:\(region.partition.rawValue):cloudformation:\(region):*:stack/\(stack)/*"
        return try await client.sendForXML(call)
    }

    func place(_ operation: String) -> StrataError.Place {
        StrataError.Place(region: region.code, operation: "cloudformation:\(operation)")
    }
}

extension XMLElement {
    /// A list's entries.
    var members: [XMLElement] { children.filter { $0.name == "member" } }

    /// A list of names and values as a dictionary.
    fileprivate func pairs(_ list: String, _ name: String, _ value: String) -> [String: String] {
        let found = (first(list)?.members ?? []).compactMap { member in
            member.text(name).map { ($0, member.text(value) ?? "") }
        }
        return Dictionary(found) { $1 }
    }
}
