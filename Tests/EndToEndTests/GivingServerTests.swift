import Foundation
import Glibc
import Primitives
import StoreModel
import Synchronization
import TestSupport
import Testing

/// `copy --to` servers: good ones, ones that lie and fail, and buckets of S3.
@Suite(.timeLimit(.minutes(40))) struct GivingServerTests {
    typealias Scene = GivingTests.Scene

    private func name(_ path: String) throws -> String {
        "/\(try StoreDirectory.nodeos.parse(path).hashPart).narinfo"
    }

    @Test func filesArePutInOrder() throws {
        let scene = try Scene(count: 12)
        let server = try UploadServer()
        let given = try scene.store.succeed(
            "copy", "--to", server.server.url("/cache"), "--sign", scene.secret, scene.paths[0])
        #expect(given.lines == scene.paths.reversed())
        let puts = server.puts
        #expect(puts.count == 25)
        #expect(puts.first == "/cache/nix-cache-info")
        var previous = 0
        for path in scene.paths.reversed() {
            let place = try #require(puts.firstIndex(of: "/cache" + name(path)))
            #expect(place > previous, "what is referred to comes first")
            previous = place
            let text = try #require(server.files["/cache" + name(path)])
            let narInfo = try NarInfo(parsing: text, in: .nodeos)
            let nar = try #require(puts.firstIndex(of: "/cache/" + narInfo.url))
            #expect(nar < place, "a NAR comes before its narinfo")
        }
        let type = server.server.requests.first {
            $0.path.hasSuffix(".narinfo") && $0.method == "PUT"
        }
        #expect(type?.headers["content-type"] == "text/x-nix-narinfo")
        // What is there is asked for, and not put again.
        #expect(
            try scene.store.succeed("copy", "--to", server.server.url("/cache"), scene.paths[0])
                .lines == [])
        #expect(server.puts.count == 25)
        let taken = try scene.user.succeed(
            "copy", "--from", server.server.url("/cache"), "--trusted-key", scene.key,
            scene.paths[0])
        #expect(taken.lines.count == 12)
        try scene.user.succeed("verify", "--check-contents")
    }

    /// A server that falters is asked again; one that says no is believed at once.
    @Test func serversThatFail() throws {
        let scene = try Scene()
        let tries = Mutex<[String: Int]>([:])
        let falters = try UploadServer { request in
            guard request.method == "PUT" else { return nil }
            switch tries.withLock({ tries in
                tries[request.path, default: 0] += 1
                return tries[request.path]
            }) {
            case 1: return .init(500)
            case 2: return LoopbackServer.Response(200, body: [1, 2]).broken(after: 0, .reset)
            default: return nil
            }
        }
        let given = try scene.store.run("copy", "--to", falters.server.url(""), scene.paths[0])
        #expect(given.status == 0, "\(given.error)")
        for path in scene.paths { #expect(try falters.files[name(path)] != nil) }
        for status in [401, 403, 405, 413, 507] {
            let refuses = try UploadServer { $0.method == "PUT" ? .init(status) : nil }
            let refused = try scene.store.run(
                "copy", "--to", refuses.server.url(""), scene.paths[0])
            #expect(refused.status == 1)
            #expect(refused.output == "")
            #expect(refused.error.contains("cannot put"), "\(refused.error)")
            #expect(refused.error.contains("\(status)"), "\(refused.error)")
            if status < 405 { #expect(refused.error.contains("--netrc"), "\(refused.error)") }
            if status != 507 { #expect(refuses.puts.count == 1) }
        }
        // A place that cannot be asked is not taken for an empty one.
        let hides = try UploadServer { $0.method == "GET" ? .init(401) : nil }
        #expect(
            try scene.store.run("copy", "--to", hides.server.url(""), scene.paths[0]).status == 1)
        #expect(hides.puts == [])
    }

    /// It says yes and keeps nothing, or half: nobody is told that something is there.
    @Test(arguments: ["nothing", "half", "narinfos"]) func serversThatLie(kind: String) throws {
        let scene = try Scene()
        let whole = Mutex<[String: [UInt8]]>([:])
        let server = try UploadServer { request in
            let isNAR = request.path.hasPrefix("/nar/")
            if request.method == "PUT" {
                let lies = kind == "narinfos" ? request.path.hasSuffix(".narinfo") : isNAR
                if lies { whole.withLock { $0[request.path] = request.body } }
                return lies ? .init(200) : nil
            }
            guard kind == "half", let body = whole.withLock({ $0[request.path] }) else {
                return nil
            }
            return .init(200, body: Array(body.prefix(body.count / 2)))
        }
        let result = try scene.store.run("copy", "--to", server.server.url(""), scene.paths[0])
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.error.contains("said that all is well"), "\(result.error)")
        for path in scene.paths { #expect(try server.files[name(path)] == nil) }
    }

    @Test func redirectsAreNotFollowed() throws {
        let scene = try Scene()
        let other = try UploadServer()
        let target = other.server.url("/x")
        let server = try UploadServer { request in
            request.method == "PUT" ? .init(307, headers: ["Location: \(target)"]) : nil
        }
        let result = try scene.store.run("copy", "--to", server.server.url(""), scene.paths[0])
        #expect(result.status == 1)
        #expect(result.error.contains("refused to follow a redirect"), "\(result.error)")
        #expect(other.server.requests == [])
    }

    @Test func credentials() throws {
        let scene = try Scene()
        let token = try scene.store.directory.write("topsecret\n", to: "token")
        let wanting = try UploadServer { request in
            request.headers["authorization"] == "Bearer topsecret" ? nil : .init(401)
        }
        let url = wanting.server.url("")
        #expect(unsafe chmod(token, 0o644) == 0)
        let exposed = try scene.store.run(
            "copy", "--to", url, "--token-file", token, scene.paths[0])
        #expect(exposed.status == 1)
        #expect(exposed.error.contains("chmod 600"))
        #expect(wanting.server.requests == [])
        #expect(unsafe chmod(token, 0o600) == 0)
        let given = try scene.store.succeed(
            "copy", "--to", url, "--token-file", token, "--sign", scene.secret, scene.paths[0])
        #expect(!(given.output + given.error).contains("topsecret"))
        try scene.user.succeed(
            "copy", "--from", url, "--token-file", token, "--trusted-key", scene.key,
            scene.paths[0])
        let netrc = try scene.store.directory.write(
            "machine 127.0.0.1 login me password topsecret\n", to: "netrc")
        let basic = "Basic " + Data("me:topsecret".utf8).base64EncodedString()
        let asking = try UploadServer { request in
            request.headers["authorization"] == basic
                ? nil : .init(401, headers: ["WWW-Authenticate: Basic realm=\"x\""])
        }
        try scene.store.succeed(
            "copy", "--to", asking.server.url(""), "--netrc", netrc, scene.paths[0])
    }

    /// A server that leads elsewhere does not lead the token there.
    @Test func tokensStayWithTheirServer() throws {
        let scene = try Scene()
        try scene.store.succeed(
            "copy", "--to", scene.url, "--sign", scene.secret, scene.paths[2])
        let cache = scene.cache
        let other = try LoopbackServer { request in
            let body = FileManager.default.contents(atPath: cache + request.path)
            return body.map { .init(200, body: Array($0)) } ?? .init(404)
        }
        let target = "http://localhost:\(other.port)"
        let server = try LoopbackServer { request in
            .init(302, headers: ["Location: \(target)\(request.path)"])
        }
        let token = try scene.store.directory.write("topsecret\n", to: "token")
        #expect(unsafe chmod(token, 0o600) == 0)
        _ = try scene.user.run(
            "copy", "--from", server.url(""), "--token-file", token, "--trusted-key", scene.key,
            scene.paths[2])
        #expect(server.requests.first?.headers["authorization"] == "Bearer topsecret")
        #expect(other.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    /// Killed while the server is silent, nothing is published that is not whole, and the next run goes on.
    @Test func anInterruptedCopyGoesOn() throws {
        let scene = try Scene()
        let stalls = Mutex(true)
        let last = try name(scene.paths[0])
        let server = try UploadServer { request in
            guard request.method == "PUT", request.path == last, stalls.withLock({ $0 }) else {
                return nil
            }
            return LoopbackServer.Response(201, body: [1]).broken(after: 0, .stall)
        }
        let run = try scene.store.start(["copy", "--to", server.server.url(""), scene.paths[0]])
        try waitUntil("the last narinfo is on its way", limit: 90) { server.puts.contains(last) }
        run.send(SIGTERM)
        let ended = try run.wait()
        #expect(ended.status == 130)
        #expect(server.files[last] == nil)
        #expect(try server.files[name(scene.paths[1])] != nil)
        stalls.withLock { $0 = false }
        let count = server.puts.count
        let rest = try scene.store.succeed("copy", "--to", server.server.url(""), scene.paths[0])
        #expect(rest.lines == [scene.paths[0]])
        #expect(server.puts.count == count + 2)
    }

    // MARK: S3

    @Test func requestsToBucketsAreSigned() throws {
        let scene = try Scene()
        let server = try UploadServer { request in
            let words = request.headers["authorization"] ?? ""
            let isSigned =
                words.hasPrefix("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
                && words.contains("/eu-test-1/s3/aws4_request") && words.contains("Signature=")
                && words.contains("x-amz-content-sha256") && request.headers["x-amz-date"] != nil
            return isSigned ? nil : .init(403)
        }
        let url =
            "s3://bucket/folder?region=eu-test-1&endpoint=http://127.0.0.1:\(server.server.port)"
        let keys = [
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
        ]
        let refused = try scene.store.run("copy", "--to", url, scene.paths[0])
        #expect(refused.status == 1)
        let given = try scene.store.start(
            ["copy", "--to", url, "--sign", scene.secret, scene.paths[0]], adding: keys
        ).wait()
        #expect(given.status == 0, "\(given.error)")
        #expect(!given.error.contains("wJalr"))
        #expect(server.files.keys.allSatisfy { $0.hasPrefix("/bucket/folder/") })
        for request in server.server.requests where request.method == "PUT" {
            #expect(
                request.headers["authorization"] == nil
                    || request.headers["x-amz-content-sha256"] == Digest.hash(request.body).base16)
        }
        let taken = try scene.user.start(
            ["copy", "--from", url, "--trusted-key", scene.key, scene.paths[0]],
            adding: keys.merging(["AWS_SESSION_TOKEN": "lent"]) { $1 }
        ).wait()
        #expect(taken.status == 0, "\(taken.error)")
        #expect(server.server.requests.last?.headers["x-amz-security-token"] == "lent")
        // Keys in a file, by profile.
        let file = try scene.store.directory.write(
            """
            [default]
            aws_access_key_id = other
            aws_secret_access_key = other
            [cache]
            aws_access_key_id = AKIDEXAMPLE
            aws_secret_access_key = wJalrXUtnFEMI
            """, to: "keys")
        let profiled = try scene.store.start(
            ["copy", "--to", url + "&profile=cache", scene.paths[0]],
            adding: ["AWS_SHARED_CREDENTIALS_FILE": file]
        ).wait()
        #expect(profiled.status == 0, "\(profiled.error)")
        for bad in [
            "s3://", "s3://bu cket/x", "s3://b?endpoint=", "s3://b?color=red", "s3://b?region=a/b",
        ] {
            let result = try scene.store.run("copy", "--to", bad, scene.paths[0])
            #expect(result.status == 1, "\(bad): \(result.error)")
        }
    }
}
