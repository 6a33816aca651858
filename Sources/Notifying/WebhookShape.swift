import FoundationEssentials
import Model
import Publishing

/// How a webhook wants to be told.
public enum WebhookShape: String, Sendable, CaseIterable {
    /// The bulletin itself: `docs/notice.schema.json`.
    case json
    case slack, teams, discord, mattermost

    /// What is posted. Whatever could be a link, a mention or a mark of its own is shown as it stands.
    func body(of bulletin: Bulletin) throws -> [UInt8] {
        let value: any Encodable =
            switch self {
            case .json: bulletin
            // https://docs.slack.dev/messaging/formatting-message-text#escaping
            case .slack: Slack(text: Self.escapedForSlack(bulletin.text(3500)))
            case .teams: Teams(bulletin)
            // https://docs.discord.com/developers/resources/webhook#execute-webhook
            case .discord: Discord(content: Self.fenced(bulletin, 1900))
            case .mattermost: Mattermost(text: Self.fenced(bulletin, 15_000))
            }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    private struct Slack: Encodable {
        let text: String
        let mrkdwn = false
    }

    private struct Discord: Encodable {
        struct Mentions: Encodable { let parse: [String] = [] }
        let content: String
        let mentions = Mentions()
        private enum CodingKeys: String, CodingKey { case content, mentions = "allowed_mentions" }
    }

    private struct Mattermost: Encodable { let text: String }

    /// A card without Markdown: a text run shows what it is given.
    /// https://adaptivecards.io/explorer/RichTextBlock.html
    private struct Teams: Encodable {
        struct Run: Encodable {
            let type = "TextRun"
            let text: String
            var weight: String?
        }
        struct Block: Encodable {
            let type = "RichTextBlock"
            let inlines: [Run]
        }
        struct Card: Encodable {
            let schema = "http://adaptivecards.io/schemas/adaptive-card.json"
            let type = "AdaptiveCard"
            let version = "1.4"
            let body: [Block]
            private enum CodingKeys: String, CodingKey { case schema = "$schema", type, version, body }
        }
        struct Attachment: Encodable {
            let contentType = "application/vnd.microsoft.card.adaptive"
            let content: Card
        }
        let type = "message"
        let attachments: [Attachment]

        init(_ bulletin: Bulletin) {
            // A message may have 28 kB.
            let lines = bulletin.text(6000).split(separator: "\n")
            let blocks = lines.enumerated().map { index, line in
                Block(inlines: [Run(text: String(line), weight: index == 0 ? "Bolder" : nil)])
            }
            attachments = [Attachment(content: Card(body: blocks))]
        }
    }

    private static func escapedForSlack(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// In a block of code nothing is a mention or a mark.
    private static func fenced(_ bulletin: Bulletin, _ limit: Int) -> String {
        "```text\n\(bulletin.text(limit).replacing("`", with: "'"))\n```"
    }
}
