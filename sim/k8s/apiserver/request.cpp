#include "sim/k8s/apiserver/request.h"

#include <vector>

namespace sim::k8s {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty()) out.push_back(http::path_unescape(part).value_or(std::string(part)));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return out;
}

bool is_set(std::string_view flag) {
  return flag == "true" || flag == "1" || flag == "t" || flag == "T" || flag == "TRUE" ||
         flag == "True";
}

Verb verb_of(std::string_view method, bool named, bool watches) {
  if (method == "GET" || method == "HEAD") {
    if (watches) return Verb::kWatch;
    return named ? Verb::kGet : Verb::kList;
  }
  if (method == "POST") return Verb::kCreate;
  if (method == "PUT") return Verb::kUpdate;
  if (method == "PATCH") return Verb::kPatch;
  if (method == "DELETE") return named ? Verb::kDelete : Verb::kDeleteCollection;
  return Verb::kNone;
}

}  // namespace

RequestInfo request_info(const http::Request& request) {
  RequestInfo info;
  info.path = request.url.path;
  static_cast<void>(http::parse_query(request.url.query, info.query));
  std::vector<std::string> parts = segments(request.url.path);
  size_t at = 0;
  if (parts.size() >= 3 && parts[0] == "api") {
    info.version = parts[1];
    at = 2;
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    info.group = parts[1];
    info.version = parts[2];
    at = 3;
  } else {
    return info;
  }
  // The old way to watch: /api/v1/watch/...
  bool watches = is_set(info.query.get("watch"));
  if (parts[at] == "watch" && parts.size() > at + 1) {
    watches = true;
    ++at;
  }
  if (parts[at] == "namespaces" && parts.size() > at + 1) {
    info.space = parts[at + 1];
    // Below a namespace, what follows is a resource, but for the namespace's own subresources.
    const bool own =
        parts.size() == at + 2 ||
        (parts.size() == at + 3 && (parts[at + 2] == "status" || parts[at + 2] == "finalize"));
    if (own) {
      info.space.clear();
    } else {
      at += 2;
    }
  }
  info.resource = parts[at];
  if (parts.size() > at + 1) info.name = parts[at + 1];
  for (size_t i = at + 2; i < parts.size(); ++i) {
    if (!info.subresource.empty()) info.subresource += '/';
    info.subresource += parts[i];
  }
  info.verb = verb_of(request.method, !info.name.empty(), watches);
  return info;
}

}  // namespace sim::k8s
