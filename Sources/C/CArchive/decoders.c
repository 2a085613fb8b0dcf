#include "CArchive.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>

struct nodeos_decoder {
    enum nodeos_stream kind;
    uint64_t memory;
    z_stream gzip;
    lzma_stream lzma;
};

/* Makes the decoder ready for the first byte of a stream. */
static int begin(nodeos_decoder *decoder) {
    switch (decoder->kind) {
    case NODEOS_GZIP:
        /* 16: gzip's header, and its checksum and length behind the bytes, which zlib then compares. */
        return inflateReset2(&decoder->gzip, 15 + 16) == Z_OK;
    case NODEOS_XZ:
        return lzma_stream_decoder(&decoder->lzma, decoder->memory, 0) == LZMA_OK;
    case NODEOS_LZMA:
        return lzma_alone_decoder(&decoder->lzma, decoder->memory) == LZMA_OK;
    }
    return 0;
}

nodeos_decoder *nodeos_decoder_new(enum nodeos_stream kind, uint64_t memory) {
    nodeos_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) return NULL;
    decoder->kind = kind;
    decoder->memory = memory;
    decoder->lzma = (lzma_stream)LZMA_STREAM_INIT;
    if (kind == NODEOS_GZIP && inflateInit2(&decoder->gzip, 15 + 16) != Z_OK) {
        free(decoder);
        return NULL;
    }
    if (!begin(decoder)) {
        nodeos_decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

void nodeos_decoder_free(nodeos_decoder *decoder) {
    if (decoder->kind == NODEOS_GZIP) inflateEnd(&decoder->gzip);
    lzma_end(&decoder->lzma);
    free(decoder);
}

int nodeos_decoder_restart(nodeos_decoder *decoder) { return begin(decoder); }

static enum nodeos_decoded run_gzip(
    z_stream *stream, const uint8_t *input, size_t *taken, uint8_t *output, size_t *made) {
    uInt offered = (uInt)*taken, room = (uInt)*made;
    stream->next_in = (Bytef *)input;
    stream->avail_in = offered;
    stream->next_out = output;
    stream->avail_out = room;
    int code = inflate(stream, Z_NO_FLUSH);
    *taken = offered - stream->avail_in;
    *made = room - stream->avail_out;
    if (code == Z_STREAM_END) return NODEOS_STREAM_ENDED;
    if (code == Z_MEM_ERROR) return NODEOS_TOO_MUCH_MEMORY;
    /* Z_BUF_ERROR: it can go no further without more input. */
    return code == Z_OK || code == Z_BUF_ERROR ? NODEOS_GOES_ON : NODEOS_DAMAGED;
}

static enum nodeos_decoded run_lzma(
    lzma_stream *stream, const uint8_t *input, size_t *taken, uint8_t *output, size_t *made) {
    size_t offered = *taken, room = *made;
    stream->next_in = input;
    stream->avail_in = offered;
    stream->next_out = output;
    stream->avail_out = room;
    lzma_ret code = lzma_code(stream, LZMA_RUN);
    *taken = offered - stream->avail_in;
    *made = room - stream->avail_out;
    switch (code) {
    case LZMA_STREAM_END: return NODEOS_STREAM_ENDED;
    case LZMA_OK: case LZMA_BUF_ERROR: case LZMA_NO_CHECK: case LZMA_UNSUPPORTED_CHECK:
        return NODEOS_GOES_ON;
    case LZMA_MEMLIMIT_ERROR: case LZMA_MEM_ERROR: return NODEOS_TOO_MUCH_MEMORY;
    default: return NODEOS_DAMAGED;
    }
}

enum nodeos_decoded nodeos_decoder_run(
    nodeos_decoder *decoder, const uint8_t *input, size_t *taken, uint8_t *output, size_t *made) {
    return decoder->kind == NODEOS_GZIP ? run_gzip(&decoder->gzip, input, taken, output, made)
                                        : run_lzma(&decoder->lzma, input, taken, output, made);
}

uint64_t nodeos_decoder_memory(const nodeos_decoder *decoder) {
    return decoder->kind == NODEOS_GZIP ? 0 : lzma_memusage(&decoder->lzma);
}

const char *nodeos_decoder_message(const nodeos_decoder *decoder) {
    return decoder->kind == NODEOS_GZIP ? decoder->gzip.msg : NULL;
}
