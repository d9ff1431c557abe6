#include "sim/http/mux.h"

#include <algorithm>
#include <set>

#include "sim/http/message.h"

namespace sim::http {
namespace {

using Segment = ServeMux::Segment;
using Kind = ServeMux::Segment::Kind;
using Pattern = ServeMux::Pattern;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> parts;
  path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// The reason why `text` is no pattern; empty if it is one.
std::string parse(std::string_view text, Pattern& out) {
  out.text = text;
  if (text.empty()) return "empty pattern";
  const size_t space = text.find_first_of(" \t");
  if (space != std::string_view::npos) {
    out.method = text.substr(0, space);
    if (!is_token(out.method)) return "invalid method";
    text.remove_prefix(std::min(text.find_first_not_of(" \t", space), text.size()));
  }
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return "host/path missing /";
  out.host = text.substr(0, slash);
  if (out.host.find('{') != std::string::npos) return "host contains '{' (missing initial '/'?)";
  std::set<std::string_view> names;
  const std::vector<std::string_view> parts = segments_of(text.substr(slash));
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    const bool is_last = i + 1 == parts.size();
    if (part.empty() && is_last) {
      out.segments.push_back({Kind::kRest, {}});
      break;
    }
    if (part.find('{') == std::string_view::npos) {
      out.segments.push_back({Kind::kLiteral, path_unescape(part).value_or(std::string(part))});
      continue;
    }
    if (part.front() != '{' || part.back() != '}') return "bad wildcard segment";
    std::string_view name = part.substr(1, part.size() - 2);
    if (name == "$") {
      if (!is_last) return "{$} not at end";
      out.segments.push_back({Kind::kEnd, {}});
      break;
    }
    const bool takes_rest = name.ends_with("...");
    if (takes_rest) name.remove_suffix(3);
    if (takes_rest && !is_last) return "{...} wildcard not at end";
    if (!is_identifier(name)) return "bad wildcard name";
    if (!names.insert(name).second) return "duplicate wildcard name";
    out.segments.push_back({takes_rest ? Kind::kRest : Kind::kWildcard, std::string(name)});
  }
  return {};
}

bool matches_path(const Pattern& pattern, const std::vector<std::string_view>& parts,
                  std::map<std::string, std::string, std::less<>>& values) {
  for (size_t i = 0; i < pattern.segments.size(); ++i) {
    const Segment& segment = pattern.segments[i];
    if (segment.kind == Kind::kEnd) return i + 1 == parts.size() && parts[i].empty();
    if (i >= parts.size()) return false;
    if (segment.kind == Kind::kRest) {
      if (segment.text.empty()) return true;
      const char* const begin = parts[i].data();
      const char* const end = parts.back().data() + parts.back().size();
      const std::string_view rest(begin, static_cast<size_t>(end - begin));
      values[segment.text] = path_unescape(rest).value_or(std::string(rest));
      return true;
    }
    const std::string part = path_unescape(parts[i]).value_or(std::string(parts[i]));
    if (segment.kind == Kind::kLiteral) {
      if (part != segment.text) return false;
    } else {
      if (part.empty()) return false;
      values[segment.text] = part;
    }
  }
  return pattern.segments.size() == parts.size();
}

enum class Relation : uint8_t { kEqual, kMoreSpecific, kMoreGeneral, kDisjoint, kOverlaps };

Relation combine(Relation a, Relation b) {
  if (a == Relation::kEqual) return b;
  if (b == Relation::kEqual || a == b) return a;
  if (a == Relation::kDisjoint || b == Relation::kDisjoint) return Relation::kDisjoint;
  return Relation::kOverlaps;
}

Relation compare_segments(const Segment& a, const Segment& b) {
  if (a.kind == Kind::kEnd || b.kind == Kind::kEnd) {
    return a.kind == b.kind ? Relation::kEqual : Relation::kDisjoint;
  }
  if (a.kind == Kind::kLiteral && b.kind == Kind::kLiteral) {
    return a.text == b.text ? Relation::kEqual : Relation::kDisjoint;
  }
  if (a.kind == b.kind) return Relation::kEqual;
  return a.kind == Kind::kLiteral ? Relation::kMoreSpecific : Relation::kMoreGeneral;
}

// What the paths of `a` are to those of `b`. Source: Go's comparePaths in net/http.
Relation compare_paths(const Pattern& a, const Pattern& b) {
  Relation relation = Relation::kEqual;
  const size_t common = std::min(a.segments.size(), b.segments.size());
  for (size_t i = 0; i < common; ++i) {
    const bool a_rest = a.segments[i].kind == Kind::kRest;
    const bool b_rest = b.segments[i].kind == Kind::kRest;
    if (a_rest && b_rest) return relation;
    if (a_rest) return combine(relation, Relation::kMoreGeneral);
    if (b_rest) return combine(relation, Relation::kMoreSpecific);
    relation = combine(relation, compare_segments(a.segments[i], b.segments[i]));
    if (relation == Relation::kDisjoint) return relation;
  }
  if (a.segments.size() == b.segments.size()) return relation;
  // `/a` and `/a/` or `/a/{$}` are different paths.
  return Relation::kDisjoint;
}

Relation compare(const Pattern& a, const Pattern& b) {
  if (a.host != b.host) {
    if (!a.host.empty() && !b.host.empty()) return Relation::kDisjoint;
    return a.host.empty() ? Relation::kMoreGeneral : Relation::kMoreSpecific;
  }
  Relation methods = Relation::kEqual;
  if (a.method != b.method) {
    if (a.method.empty()) {
      methods = Relation::kMoreGeneral;
    } else if (b.method.empty()) {
      methods = Relation::kMoreSpecific;
    } else if (a.method == "GET" && b.method == "HEAD") {
      methods = Relation::kMoreGeneral;
    } else if (a.method == "HEAD" && b.method == "GET") {
      methods = Relation::kMoreSpecific;
    } else {
      return Relation::kDisjoint;
    }
  }
  return combine(methods, compare_paths(a, b));
}

bool method_fits(const Pattern& pattern, std::string_view method) {
  return pattern.method.empty() || pattern.method == method ||
         (pattern.method == "GET" && method == "HEAD");
}

}  // namespace

std::string clean_path(std::string_view path) {
  std::vector<std::string_view> kept;
  if (path.empty() || path.front() != '/') {
    std::string rooted = "/";
    rooted += path;
    return clean_path(rooted);
  }
  const std::vector<std::string_view> parts = segments_of(path);
  for (const std::string_view part : parts) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(part);
    }
  }
  std::string out;
  for (const std::string_view part : kept) {
    out += '/';
    out += part;
  }
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

void ServeMux::handle(std::string_view text, Handler handler) const {
  if (engine::here().muted) return;
  Pattern pattern;
  std::string problem = parse(text, pattern);
  if (problem.empty()) {
    for (const Pattern& other : core_->patterns) {
      const Relation relation = compare(pattern, other);
      if (relation != Relation::kEqual && relation != Relation::kOverlaps) continue;
      problem = "conflicts with pattern \"" + other.text + "\"";
      break;
    }
  }
  if (!problem.empty()) {
    engine::scheduler().panic("http: pattern \"" + pattern.text + "\": " + problem);
    return;
  }
  pattern.handler = std::move(handler);
  core_->patterns.push_back(std::move(pattern));
}

ServeMux::Found ServeMux::find(std::string_view method, std::string_view host,
                               std::string_view path) const {
  Found best;
  const std::vector<std::string_view> parts = segments_of(path);
  for (const Pattern& pattern : core_->patterns) {
    if (!method_fits(pattern, method)) continue;
    if (!pattern.host.empty() && pattern.host != host) continue;
    std::map<std::string, std::string, std::less<>> values;
    if (!matches_path(pattern, parts, values)) continue;
    if (best.pattern != nullptr && compare(pattern, *best.pattern) != Relation::kMoreSpecific) {
      continue;
    }
    best = {&pattern, std::move(values)};
  }
  return best;
}

engine::Task<> ServeMux::serve(ResponseWriter writer, Request request) const {
  // The target of a tunnel has no path, and every pattern has one.
  if (request.method == "CONNECT" && request.url.path.empty()) {
    return not_found(std::move(writer), std::move(request));
  }
  std::string_view host = request.host;
  if (const auto parts = net::split_host_port(host)) host = parts->host;
  const std::string given = request.url.path.empty() ? "/" : request.url.path;
  const std::string path = request.method == "CONNECT" ? given : clean_path(given);
  const auto redirect_to = [&](std::string target) {
    if (request.url.has_query) target += "?" + request.url.query;
    return redirect(writer, request, std::move(target), 307);
  };
  Found found = find(request.method, host, path);
  const bool is_exact =
      found.pattern != nullptr && found.pattern->segments.back().kind != Kind::kRest;
  if (!is_exact && path.back() != '/') {
    // The tree of that name, if it is more specific than what fits the path as it is.
    const Found tree = find(request.method, host, path + "/");
    if (tree.pattern != nullptr && tree.pattern != found.pattern &&
        tree.pattern->segments.back().kind == Kind::kRest &&
        tree.pattern->segments.back().text.empty()) {
      return redirect_to(path + "/");
    }
  }
  if (path != given) return redirect_to(path);
  if (found.pattern != nullptr) {
    request.path_values = std::move(found.values);
    request.pattern = found.pattern->text;
    return found.pattern->handler(std::move(writer), std::move(request));
  }
  std::set<std::string> allowed;
  const std::vector<std::string_view> parts = segments_of(path);
  for (const Pattern& pattern : core_->patterns) {
    std::map<std::string, std::string, std::less<>> values;
    if (pattern.method.empty() || (!pattern.host.empty() && pattern.host != host) ||
        !matches_path(pattern, parts, values)) {
      continue;
    }
    allowed.insert(pattern.method);
    if (pattern.method == "GET") allowed.insert("HEAD");
  }
  if (allowed.empty()) return not_found(std::move(writer), std::move(request));
  std::string methods;
  for (const std::string& method : allowed) methods += (methods.empty() ? "" : ", ") + method;
  writer.header().set("Allow", methods);
  return answer_error(std::move(writer), std::string(status_text(405)), 405);
}

ServeMux::operator Handler() const {
  return [mux = *this](ResponseWriter writer, Request request) {
    return mux.serve(std::move(writer), std::move(request));
  };
}

}  // namespace sim::http
