import FoundationEssentials
import Model
import Packaging
import Testing

@Suite("Project pages")
struct PageTests {
    private let json = """
        {"meta": {"api-version": "1.1"}, "name": "pkg", "files": [
          {"filename": "pkg-1.0-py3-none-any.whl", "url": "x", "hashes": {"sha256": "DIGEST"},
           "requires-python": ">=3.8,<4", "yanked": false, "upload-time": "2026-11-15T21:30:21.123456Z"},
          {"filename": "pkg-0.9.tar.gz", "url": "x", "hashes": {}, "requires-python": null, "yanked": "broken"}
        ]}
        """
    private let html = """
        <!DOCTYPE html><html><head><title>pkg</title></head><body><!-- <a href="no-1.0-py3-none-any.whl"> -->
        <a href="../../f/pkg-0.9.tar.gz#sha1=00" data-yanked="broken">pkg-0.9.tar.gz</a><br/>
        <A class=x href='https://h/p/pkg-1.0-py3-none-any.whl?q=1#sha256=DIGEST' data-requires-python="&gt;=3.8,&#60;4" >
        </a><address href="pkg-9.9-py3-none-any.whl">
        """
    private let digest = String(repeating: "ab", count: 32)

    @Test("means the same in JSON and in HTML")
    func formats() throws {
        let first = try ProjectPage(json: Array(json.replacing("DIGEST", with: digest).utf8))
        let second = ProjectPage(html: Array(html.replacing("DIGEST", with: digest).utf8))
        #expect(first.files.map(\.name) == ["pkg-1.0-py3-none-any.whl", "pkg-0.9.tar.gz"])
        #expect(first.files.map(\.isYanked) == [false, true])
        #expect(first.files[0].requiresPython == ">=3.8,<4")
        #expect(first.files[0].uploaded == Timestamp("2026-11-15T21:30:21Z"))
        #expect(Set(second.files.map(\.name)) == Set(first.files.map(\.name)))
        #expect(first.digest == second.digest)
    }

    @Test("changes its digest with everything that a resolve could depend on")
    func digests() {
        func page(_ change: (String, Bool, String?)) -> ContentDigest {
            ProjectPage(files: [IndexFile(name: change.0, requiresPython: change.2, isYanked: change.1)]).digest
        }
        let digests: Set = [
            page(("a-1.0-py3-none-any.whl", false, nil)), page(("a-1.1-py3-none-any.whl", false, nil)),
            page(("a-1.0-py3-none-any.whl", true, nil)), page(("a-1.0-py3-none-any.whl", false, ">=3")),
        ]
        #expect(digests.count == 4)
    }

    @Test("refuses an answer that is no page", arguments: ["", "{}", "[]", "{\"files\": 1}", "<html>"])
    func refused(_ text: String) {
        #expect(throws: StrataError.self) { try ProjectPage(json: Array(text.utf8)) }
    }

    @Test("finds the versions of file names, old sdists with dashes included")
    func releases() throws {
        let page = ProjectPage(
            files: [
                "zope-interface-5.0.tar.gz", "zope.interface-5.1-cp312-cp312-manylinux2014_x86_64.whl", "readme.txt",
                "zope_interface-5.1.tar.gz", "other-9.0-py3-none-any.whl", "zope.interface-x.tar.gz",
            ].map { IndexFile(name: $0) })
        let releases = page.releases(of: try #require(PackageName("zope.interface")))
        #expect(releases.map(\.version.text) == ["5.1", "5.0"])
        #expect(releases[0].files.count == 2)
    }

    @Test("reads the settings that uv reads")
    func settings() {
        let settings = IndexSettings(environment: [
            "UV_DEFAULT_INDEX": "https://u:p@i.example/simple",
            "UV_INDEX": "one=https://a.example/s https://b.example/s",
            "UV_FIND_LINKS": "/wheels one,https://l.example/,near", "UV_NO_INDEX": "1", "AWS_SECRET_ACCESS_KEY": "x",
        ])
        #expect(settings.defaultIndex == "https://u:p@i.example/simple")
        #expect(settings.extra == ["one=https://a.example/s", "https://b.example/s"])
        #expect(
            settings.findLinks == [
                "/wheels one", "https://l.example/", "\(FileManager.default.currentDirectoryPath)/near",
            ])
        #expect(settings.noIndex)
    }

    @Test("hides the credentials that uv's messages may hold, and finds the packages that it looked at")
    func log() {
        let log = UvLog(
            """
            DEBUG Searching for a compatible version of psycopg[binary] (*)
            DEBUG Searching for a compatible version of typing-extensions{python_full_version < '3.13'} (>=4.6)
            DEBUG Found stale response for: https://u:p@h/simple/x/
            error: Failed to fetch: `https://user:secret@h.example/simple/x/`
            """)
        #expect(Set(log.visited.map(\.text)) == ["psycopg", "typing-extensions"])
        #expect(log.message == "error: Failed to fetch: `https://h.example/simple/x/`")
        #expect(!log.saysUnsatisfiable)
    }

    @Test("takes uv's last words from a log whose entries take several lines, and tells the causes in their order")
    func lastWords() {
        let log = UvLog(
            """
            DEBUG Transient request failure for `http://h.example/simple/x/`, retrying: error sending request
              Caused by: client error (Connect)
              Caused by: tcp connect error
            error: Request failed after 3 retries
              cause: Failed to fetch: http://h.example/simple/x/
              cause: Connection refused (os error 111)
            """)
        #expect(
            Diagnosis.shortened(log.message)
                == "Request failed after 3 retries: Failed to fetch: http://h.example/simple/x/: "
                + "Connection refused (os error 111)")
    }
}
