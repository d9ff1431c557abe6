#include "sim/net/resolver.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/world/choice.h"
#include "sim/net/cluster.h"
#include "sim/net/dns_message.h"
#include "sim/net/socket.h"

namespace sim::net {
namespace {

using engine::Context;
using engine::Error;
using engine::Instant;
using engine::Task;

/// Source: resolv.conf(5), `timeout` and `attempts`.
constexpr engine::Duration kTimeout = 5 * engine::kSecond;
constexpr int kAttempts = 2;
/// Of a name's text, with its final dot.
constexpr size_t kNameTextMax = 254;

constexpr engine::Sentinel kServerMisbehaving("server misbehaving");
constexpr engine::Sentinel kLameReferral("lame referral");
constexpr engine::Sentinel kBadResponse("cannot unmarshal DNS message");
constexpr engine::Sentinel kBadName("cannot marshal DNS message");

Error dns_error(Error error, std::string_view name, std::string_view server = {}) {
  return engine::make_error(DnsError{std::move(error), std::string(name), std::string(server)});
}

// What Go says of a context that is done, instead of its error. Source: Go's net.mapErr.
Error done_error(const Error& done) {
  return done == Error(engine::kDeadlineExceeded) ? Error(kErrTimeout) : Error(kOperationCanceled);
}

/// A response, or why there is none.
struct Reply {
  std::optional<dns::Message> message;
  Error error;
};

struct Query {
  Address server;
  std::string name;  // with its final dot
  uint16_t type = 0;
};

dns::Message question_of(const Query& query, uint16_t id) {
  dns::Message message;
  message.id = id;
  message.rd = true;
  message.questions.push_back({query.name, query.type, dns::kClassIn});
  return message;
}

// Others than the nameserver can send datagrams too, and an answer may come after its time.
bool answers(const dns::Message& reply, const dns::Message& question) {
  return reply.qr && reply.id == question.id && reply.questions.size() == 1 &&
         reply.questions[0].type == question.questions[0].type &&
         reply.questions[0].klass == question.questions[0].klass &&
         dns::same_name(reply.questions[0].name, question.questions[0].name);
}

Task<Reply> ask_over_udp(Context context, Query query, dns::Message question, Instant until) {
  const std::string bytes = dns::encode(question);
  if (bytes.empty()) co_return Reply{{}, kBadName};
  const ListenPacketResult opened = listen_packet(":0");
  if (opened.error) co_return Reply{{}, opened.error};
  const PacketConn conn = opened.conn;
  const engine::Defer closing([conn] { static_cast<void>(conn.close()); });
  conn.set_read_deadline(until);
  const engine::StopFunc stop =
      engine::on_done(context, [conn] { conn.set_read_deadline(engine::now()); });
  const engine::Defer stopping([stop] { stop(); });
  Error failed = conn.write_to(bytes, query.server);
  if (failed) co_return Reply{{}, failed};
  while (true) {
    const Datagram got = co_await conn.read_from();
    if (got.error) {
      // The socket is connected, as Go's is.
      const Ip local = is_loopback(query.server.ip) ? kLoopbackIp : this_stack().ip();
      const Error why = is_timeout(got.error) ? Error(kErrTimeout) : Error(kErrClosed);
      co_return Reply{{},
                      engine::make_error(OpError{"read", "udp",
                                                 address_text({local, conn.local_address().port}),
                                                 address_text(query.server), why})};
    }
    if (got.from != query.server) continue;
    dns::Decoded decoded = dns::decode(got.bytes.view());
    if (decoded && answers(*decoded.message, question))
      co_return Reply{std::move(decoded.message), {}};
  }
}

/// As many bytes as asked for, or why not.
Task<ReadResult> read_full(Conn conn, uint32_t size) {
  std::string all;
  while (all.size() < size) {
    const ReadResult got = co_await conn.read(size - static_cast<uint32_t>(all.size()));
    if (got.error) co_return ReadResult{{}, got.error};
    all += got.bytes.view();
  }
  co_return ReadResult{Bytes::adopt(std::move(all)), nullptr};
}

Task<Reply> ask_over_tcp(Context context, Query query, dns::Message question, Instant until) {
  const engine::Cancelable limited = engine::with_deadline(context, until);
  const engine::Defer cancelling([limited] { limited.cancel(); });
  const DialResult dialed = co_await dial_address(limited.context, query.server);
  if (dialed.error) co_return Reply{{}, dialed.error};
  const Conn conn = dialed.conn;
  const engine::Defer closing([conn] { static_cast<void>(conn.close()); });
  const engine::StopFunc stop =
      engine::on_done(limited.context, [conn] { conn.set_deadline(engine::now()); });
  const engine::Defer stopping([stop] { stop(); });
  const std::string bytes = dns::encode(question);
  std::string framed{static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size())};
  framed += bytes;
  Error failed = co_await conn.write(framed);
  if (failed) co_return Reply{{}, failed};
  const ReadResult head = co_await read_full(conn, 2);
  if (head.error) co_return Reply{{}, head.error};
  const auto high = static_cast<uint8_t>(head.bytes.view()[0]);
  const auto low = static_cast<uint8_t>(head.bytes.view()[1]);
  const ReadResult body = co_await read_full(conn, static_cast<uint32_t>(high << 8 | low));
  if (body.error) co_return Reply{{}, body.error};
  dns::Decoded decoded = dns::decode(body.bytes.view());
  if (!decoded || !answers(*decoded.message, question)) co_return Reply{{}, kBadResponse};
  co_return Reply{std::move(decoded.message), {}};
}

// Source: Go's net.Resolver.exchange.
Task<Reply> exchange(Context context, Query query) {
  constexpr uint32_t kIds = 65536;
  const auto id = static_cast<uint16_t>(
      engine::choose(engine::ChoiceKind::kSecret, node::this_machine().key(), kIds));
  const dns::Message question = question_of(query, id);
  const Instant until = engine::now() + kTimeout;
  Reply reply = co_await ask_over_udp(context, query, question, until);
  if (!reply.error && reply.message->tc) {
    reply = co_await ask_over_tcp(context, query, question, engine::now() + kTimeout);
  }
  co_return reply;
}

// What is wrong with a response as an answer. Source: Go's net.checkHeader, net.skipToAnswer.
Error fault_of(const dns::Message& reply, uint16_t type) {
  if (reply.rcode == dns::kNameError) return kNoSuchHost;
  if (reply.rcode != dns::kNoError) return kServerMisbehaving;
  if (reply.answers.empty() && !reply.aa && !reply.ra && reply.additional.empty()) {
    return kLameReferral;
  }
  for (const dns::Record& record : reply.answers) {
    if (record.type == type) return nullptr;
  }
  return kNoSuchHost;
}

// Source: Go's net.Resolver.tryOneName.
Task<Reply> try_name(Context context, Query query) {
  const std::string server = address_text(query.server);
  Reply last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Reply reply = co_await exchange(context, query);
    if (Error done = context.err()) {
      co_return Reply{{}, dns_error(done_error(done), query.name)};
    }
    if (!reply.error) reply.error = fault_of(*reply.message, query.type);
    if (!reply.error) co_return reply;
    last = {{}, dns_error(reply.error, query.name, server)};
    if (reply.error == Error(kNoSuchHost)) break;
  }
  co_return last;
}

// The names to ask for, in order. Source: Go's net.dnsConfig.nameList.
std::vector<std::string> name_list(const NameService& service, std::string_view name) {
  std::vector<std::string> names;
  const bool rooted = name.ends_with('.');
  if (name.size() > kNameTextMax || (name.size() == kNameTextMax && !rooted)) return names;
  std::string full(name);
  if (rooted) return {full};
  const bool has_dots = std::count(name.begin(), name.end(), '.') >= int64_t{service.ndots};
  full += '.';
  if (has_dots) names.push_back(full);
  for (const std::string& domain : service.search) {
    std::string longer = full + domain;
    if (!longer.ends_with('.')) longer += '.';
    if (longer.size() <= kNameTextMax) names.push_back(std::move(longer));
  }
  if (!has_dots) names.push_back(full);
  return names;
}

// Asks for each name of the list until one has such records. The error is of `name` as it was
// given, and rather what befell it than what befell a longer one.
Task<Reply> ask(Context context, std::string name, uint16_t type) {
  if (!is_domain_name(name)) co_return Reply{{}, dns_error(kNoSuchHost, name)};
  const NameService service = this_stack().name_service();
  Reply last{{}, dns_error(kNoSuchHost, name)};
  if (!service.nameserver) co_return last;
  bool failed = false;
  const std::vector<std::string> names = name_list(service, name);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& full = names[i];
    const Query query{*service.nameserver, full, type};
    Reply reply = co_await try_name(context, query);
    if (!reply.error) co_return reply;
    if (!failed || full != name + ".") last = std::move(reply);
    failed = true;
    if (context.err()) break;
  }
  if (const auto* error = engine::errors_as<DnsError>(last.error)) {
    last.error = dns_error(error->error, name, error->server);
  }
  co_return last;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What the hosts file says. Source: hosts(5); Go's net.lookupStaticHost.
std::optional<Ip> host_in_file(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  for (char& c : name) c = lower(c);
  if (name == "localhost") return kLoopbackIp;
  const Cluster* const cluster = this_cluster();
  if (cluster == nullptr) return {};
  for (const Cluster::Member& member : cluster->members()) {
    const std::string& machine = member.machine->name();
    const auto same = [](char a, char b) { return lower(a) == b; };
    if (std::equal(machine.begin(), machine.end(), name.begin(), name.end(), same)) {
      return member.stack->ip();
    }
  }
  return {};
}

// Each comes first with a chance that is its part of the weight. Source: RFC 2782; Go's
// net.byPriorityWeight.shuffleByWeight.
void shuffle_by_weight(std::vector<ServiceRecord>& records, size_t begin, size_t end) {
  uint32_t sum = 0;
  for (size_t i = begin; i < end; ++i) sum += records[i].weight;
  for (; sum > 0 && end - begin > 1; ++begin) {
    const uint32_t drawn =
        engine::choose(engine::ChoiceKind::kSecret, node::this_machine().key(), sum);
    uint32_t passed = 0;
    for (size_t i = begin; i < end; ++i) {
      passed += records[i].weight;
      if (passed <= drawn) continue;
      std::swap(records[begin], records[i]);
      break;
    }
    sum -= records[begin].weight;
  }
}

// By priority, then by weight, in the order in which they came.
void insert_service(std::vector<ServiceRecord>& records, ServiceRecord record) {
  const auto after = std::find_if(records.begin(), records.end(), [&](const ServiceRecord& other) {
    return std::pair(record.priority, record.weight) < std::pair(other.priority, other.weight);
  });
  records.insert(after, std::move(record));
}

void shuffle_each_priority(std::vector<ServiceRecord>& records) {
  size_t begin = 0;
  for (size_t i = 1; i <= records.size(); ++i) {
    if (i < records.size() && records[i].priority == records[begin].priority) continue;
    shuffle_by_weight(records, begin, i);
    begin = i;
  }
}

}  // namespace

std::string DnsError::message() const {
  std::string text = "lookup " + name;
  if (!server.empty()) text += " on " + server;
  return text + ": " + error.message();
}

bool is_domain_name(std::string_view name) {
  if (name == ".") return true;
  if (name.empty() || name.size() > kNameTextMax ||
      (name.size() == kNameTextMax && name.back() != '.')) {
    return false;
  }
  char last = '.';
  bool has_letter = false;
  size_t label = 0;
  for (const char c : name) {
    if ((lower(c) >= 'a' && lower(c) <= 'z') || c == '_') {
      has_letter = true;
      ++label;
    } else if (c >= '0' && c <= '9') {
      ++label;
    } else if (c == '-') {
      if (last == '.') return false;
      has_letter = true;
      ++label;
    } else if (c == '.') {
      if (last == '.' || last == '-' || label > dns::kLabelBytesMax) return false;
      label = 0;
    } else {
      return false;
    }
    last = c;
  }
  return last != '-' && label <= dns::kLabelBytesMax && has_letter;
}

Task<LookupResult> lookup_host(Context context, std::string name) {
  LookupResult result;
  if (const std::optional<Ip> ip = parse_ip(name)) {
    result.addresses.push_back(*ip);
    co_return result;
  }
  if (name.empty()) {
    result.error = dns_error(kNoSuchHost, name);
    co_return result;
  }
  if (const std::optional<Ip> ip = host_in_file(name)) {
    result.addresses.push_back(*ip);
    co_return result;
  }
  if (Error done = context.err()) {
    result.error = dns_error(done_error(done), name);
    co_return result;
  }
  const Reply reply = co_await ask(context, name, dns::kTypeA);
  result.error = reply.error;
  if (!reply.message) co_return result;
  for (const dns::Record& record : reply.message->answers) {
    if (const auto* a = std::get_if<dns::A>(&record.data)) result.addresses.push_back({a->address});
  }
  co_return result;
}

Task<ServiceResult> lookup_srv(Context context, ServiceName service) {
  std::string target = service.name;
  if (!service.service.empty() || !service.protocol.empty()) {
    target = "_" + service.service + "._" + service.protocol + "." + service.name;
  }
  ServiceResult result;
  const Reply reply = co_await ask(context, target, dns::kTypeSrv);
  result.error = reply.error;
  if (!reply.message) co_return result;
  for (const dns::Record& record : reply.message->answers) {
    const auto* srv = std::get_if<dns::Srv>(&record.data);
    if (srv == nullptr) continue;
    if (result.cname.empty()) result.cname = record.name;
    insert_service(result.records, {srv->target, srv->port, srv->priority, srv->weight});
  }
  shuffle_each_priority(result.records);
  co_return result;
}

}  // namespace sim::net
