// sim/shell/applets_network.cpp: nslookup and wget.

#include "sim/container/path.h"
#include "sim/http/client.h"
#include "sim/net/resolver.h"
#include "sim/net/socket.h"
#include "sim/shell/applet.h"

namespace sim::shell {
namespace {

using engine::Duration;
using engine::Task;

struct Wanted {
  std::string url;
  std::string file;
  Duration timeout = 900 * engine::kSecond;
  bool is_quiet = false;
  bool only_looks = false;
  std::string wrong;
};

// Reads `-qO- URL`, `-O FILE`, `-T SECONDS`, `--spider`.
Wanted wanted_by(const Call& call) {
  Wanted out;
  for (size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word == "--spider") {
      out.only_looks = true;
      continue;
    }
    if (word == "--quiet") {
      out.is_quiet = true;
      continue;
    }
    if (word.size() < 2 || word[0] != '-') {
      out.url = word;
      continue;
    }
    for (size_t at = 1; at < word.size(); ++at) {
      if (word[at] == 'q' || word[at] == 'c' || word[at] == 'S') {
        out.is_quiet = out.is_quiet || word[at] == 'q';
        continue;
      }
      if (word[at] != 'O' && word[at] != 'T' && word[at] != 't') {
        out.wrong = std::string("unrecognized option: ") + word[at];
        return out;
      }
      std::string value = word.substr(at + 1);
      if (value.empty() && i + 1 < call.words.size()) value = call.words[++i];
      if (word[at] == 'O') out.file = value;
      if (word[at] == 'T') out.timeout = length_of(value);
      break;
    }
  }
  if (out.url.empty()) out.wrong = "missing URL";
  if (out.timeout < Duration{}) out.wrong = "invalid number";
  if (!out.url.starts_with("http://")) out.url.insert(0, "http://");
  return out;
}

std::string trip_error(const engine::Error& error, const std::string& ip) {
  const std::string remote = "can't connect to remote host (" + ip + "): ";
  if (errors_is(error, net::kConnectionRefused)) return remote + "Connection refused";
  if (errors_is(error, net::kNoRoute)) return remote + "No route to host";
  if (net::is_timeout(error)) return "download timed out";
  if (errors_is(error, net::kConnectionTimedOut)) return remote + "Operation timed out";
  if (errors_is(error, net::kConnectionReset)) {
    return "error getting response: Connection reset by peer";
  }
  return "error getting response";
}

int save(const Call& call, const Wanted& wanted, const std::string& path, std::string text) {
  if (wanted.file == "-") {
    call.out->write(text);
    return 0;
  }
  const container::Container::Seen seen = call.session->files_at(path);
  const engine::Error error = seen.read_only
                                  ? engine::Error(container::kReadOnly)
                                  : seen.files->write(seen.inside, std::move(text)).error;
  if (error) return call.fail("can't open '" + path + "': " + error_text(error));
  if (!wanted.is_quiet) call.err->write("'" + path + "' saved\n");
  return 0;
}

}  // namespace

Task<int> run_wget(Call call) {
  const Wanted wanted = wanted_by(call);
  if (!wanted.wrong.empty()) co_return call.fail(wanted.wrong);
  http::NewRequest made = http::new_request("GET", wanted.url);
  if (made.error) co_return call.fail("bad address '" + wanted.url + "'");
  const std::string authority = made.request.url.host;
  const size_t colon = authority.rfind(':');
  const std::string host = authority.substr(0, colon);
  const std::string port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
  const net::LookupResult found = co_await net::lookup_host(engine::background(), host);
  if (found.error || found.addresses.empty()) co_return call.fail("bad address '" + host + "'");
  const std::string ip = net::ip_text(found.addresses[0]) + ":" + port;
  if (!wanted.is_quiet) {
    const std::string line = "Connecting to " + authority + " (" + ip + ")\n";
    call.err->write(line);
  }
  http::ClientOptions options;
  options.timeout = wanted.timeout;
  options.keeps_alive = false;
  const http::Client client(options);
  made.request.header.set("User-Agent", "Wget");
  std::string path = made.request.url.path;
  http::Request request = std::move(made.request);
  const http::RoundTrip trip = co_await client.send(std::move(request));
  if (trip.error) co_return call.fail(trip_error(trip.error, ip.substr(0, ip.find(':'))));
  const http::Body::All all = co_await trip.response.body.read_all();
  const int status = trip.response.status;
  if (status < 200 || status > 299) {
    std::string text = "server returned error: HTTP/1.1 ";
    engine::append_operand(text, status);
    if (!trip.response.reason.empty()) text += " " + trip.response.reason;
    co_return call.fail(text);
  }
  if (all.error) co_return call.fail(trip_error(all.error, ip.substr(0, ip.find(':'))));
  if (wanted.only_looks) {
    if (!wanted.is_quiet) call.err->write("remote file exists\n");
    co_return 0;
  }
  path = container::base_name(path);
  if (path.empty()) path = "index.html";
  if (!wanted.file.empty()) path = wanted.file;
  if (!wanted.is_quiet) {
    call.err->write(path == "-" ? std::string("writing to stdout\n")
                                : "saving to '" + path + "'\n");
  }
  co_return save(call, wanted, path, all.text);
}

Task<int> run_nslookup(Call call) {
  if (call.words.size() < 2) co_return call.fail("missing operand");
  const std::string name = call.words[1];
  const net::NameService& service = net::this_stack().name_service();
  std::string out;
  if (service.nameserver) {
    out = "Server:\t\t" + net::ip_text(service.nameserver->ip) + "\n";
    out += "Address:\t" + net::address_text(*service.nameserver) + "\n\n";
  }
  const net::LookupResult found = co_await net::lookup_host(engine::background(), name);
  if (found.error) {
    out += net::is_timeout(found.error) ? ";; connection timed out; no servers could be reached\n\n"
                                        : "** server can't find " + name + ": NXDOMAIN\n\n";
    call.out->write(out);
    co_return 1;
  }
  for (const net::Ip ip : found.addresses) {
    out += "Name:\t" + name + "\nAddress: " + net::ip_text(ip) + "\n\n";
  }
  call.out->write(out);
  co_return 0;
}

}  // namespace sim::shell
