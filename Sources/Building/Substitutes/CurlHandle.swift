import CCurl
import Glibc

/// One libcurl "easy" handle. Connections stay open between transfers on the same handle.
@safe
struct CurlHandle: ~Copyable {
    private let handle: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>

    init() throws(DownloadError) {
        // Counted and safe between threads since 7.84; the header insists on a newer one.
        let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        guard code == CURLE_OK, let handle = unsafe curl_easy_init() else {
            throw .library(operation: "start", reason: "it is out of memory")
        }
        unsafe self.handle = unsafe handle
        unsafe message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe message.deallocate()
    }

    /// Forgets every option; open connections, name lookups and TLS sessions stay.
    func reset() throws(DownloadError) {
        unsafe curl_easy_reset(handle)
        try check(unsafe nodeos_curl_set_error_buffer(handle, message), "take a message buffer")
    }

    func set(_ option: CURLoption, _ value: Int) throws(DownloadError) {
        try check(unsafe nodeos_curl_set_long(handle, option, value), "set option \(option)")
    }

    func setOffset(_ option: CURLoption, _ value: Int) throws(DownloadError) {
        try check(unsafe nodeos_curl_set_offset(handle, option, value), "set option \(option)")
    }

    func set(_ option: CURLoption, _ value: String?) throws(DownloadError) {
        try check(unsafe nodeos_curl_set_string(handle, option, value), "set option \(option)")
    }

    /// Runs one request to its end with `receiver` taking headers and body.
    ///
    /// - Parameter headers: further request headers, for example `If-Range: "x"`.
    func perform(
        _ receiver: CurlReceiver, headers: [String]
    ) throws(DownloadError) -> CURLcode {
        var list: UnsafeMutablePointer<curl_slist>?
        defer { unsafe curl_slist_free_all(list) }
        for header in headers { unsafe list = curl_slist_append(list, header) }
        try check(unsafe nodeos_curl_set_headers(handle, list), "take headers")
        let context = unsafe Unmanaged.passUnretained(receiver).toOpaque()
        try check(
            unsafe nodeos_curl_set_receiver(
                handle, { unsafe receiveBody($0, $1, $2, $3) },
                { unsafe receiveHeader($0, $1, $2, $3) }, context),
            "take callbacks")
        try check(
            unsafe nodeos_curl_set_watch(
                handle, { context, _, _, _, _ in unsafe goOn(context) },
                { unsafe openSocket($0, $1, $2) },
                { context, address, _, _, _ in unsafe mayAsk(context, address) }, context),
            "take callbacks")
        return withExtendedLifetime(receiver) { unsafe curl_easy_perform(handle) }
    }

    /// The sentence libcurl left about the last failure, without anything that looks like
    /// credentials: it quotes proxy addresses whole.
    func lastMessage(_ code: CURLcode) -> String {
        var text = unsafe String(cString: message)
        if text.isEmpty, let general = unsafe curl_easy_strerror(code) {
            text = unsafe String(cString: general)
        }
        return text.unicodeScalars.split(separator: " ").map { word in
            word.lastIndex(of: "@").map { "***" + String(word[$0...]) } ?? String(word)
        }.joined(separator: " ")
    }

    /// Makes the request send `size` bytes of a file.
    func setUpload(
        of file: UnsafeMutablePointer<FILE>, size: UInt64
    ) throws(DownloadError) {
        try check(
            unsafe nodeos_curl_set_upload(handle, file, curl_off_t(clamping: size)), "take a file")
    }

    func integer(_ info: CURLINFO) -> Int {
        var value = 0
        return unsafe nodeos_curl_get_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return unsafe nodeos_curl_get_offset(handle, info, &value) == CURLE_OK ? value : 0
    }

    func string(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        guard unsafe nodeos_curl_get_string(handle, info, &value) == CURLE_OK,
            let text = unsafe value
        else { return nil }
        return unsafe String(cString: text)
    }

    private func check(_ code: CURLcode, _ operation: String) throws(DownloadError) {
        guard code == CURLE_OK else {
            let reason = unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) }
            throw .library(operation: operation, reason: reason ?? "code \(code.rawValue)")
        }
    }
}

private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    unsafe receive(bytes, size * count, context) { receiver, buffer in
        unsafe receiver.receiveBody(buffer.bindMemory(to: UInt8.self).span)
    }
}

private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    unsafe receive(bytes, size * count, context) { receiver, buffer in
        receiver.receiveHeader(unsafe String(decoding: buffer, as: UTF8.self))
    }
}

private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (CurlReceiver, UnsafeRawBufferPointer) -> Bool
) -> Int {
    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
    let receiver = unsafe Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
    let taken = unsafe take(receiver, UnsafeRawBufferPointer(start: bytes, count: count))
    // Any number other than the one given ends the transfer.
    return taken ? count : (count == 0 ? 1 : 0)
}

private func goOn(_ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context = unsafe context else { return 1 }
    let receiver = unsafe Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
    return receiver.tick() ? 0 : 1
}

private func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
    _ place: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    let none: curl_socket_t = -1
    guard let context = unsafe context, let place = unsafe place,
        let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr)
    else { return none }
    let receiver = unsafe Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
    // The address may be longer than the type of the field that it begins in.
    let bytes = unsafe UnsafeRawBufferPointer(
        start: UnsafeRawPointer(place) + start, count: Int(place.pointee.addrlen))
    guard receiver.mayConnect(to: unsafe AddressRule.address(in: bytes)) else { return none }
    return unsafe socket(
        place.pointee.family, place.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
        place.pointee.protocol)
}

/// A connection that is used again was not looked at for this request.
private func mayAsk(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?
) -> Int32 {
    guard let context = unsafe context, let address = unsafe address else {
        return CURL_PREREQFUNC_ABORT
    }
    let receiver = unsafe Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
    return receiver.mayAsk(host: unsafe String(cString: address))
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
