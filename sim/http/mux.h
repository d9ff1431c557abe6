// sim/http/mux.h: which handler answers a request.
//
// Concept: Go's ServeMux with its patterns, `[METHOD ][HOST]/[PATH]`, whose path may hold wildcards
// ({name} for a segment, {name...} for the rest, {$} for the end). The most specific pattern wins;
// two of which neither is are a mistake, and registering the second panics the goroutine. GET also
// answers HEAD; a path ending in / matches all below it, and a request for it without the slash is
// redirected, as is one for a path with empty or dotted segments.
// Source: Go documentation, `net/http`, "Patterns" (as of Go 1.26).

#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http/handler.h"

namespace sim::http {

class ServeMux {
 public:
  ServeMux() : core_(new Core) {}

  /// Panics the goroutine if `pattern` is no pattern, or conflicts with one that is there.
  void handle(std::string_view pattern, Handler handler) const;
  /// Answers through the handler whose pattern fits, or by a redirect, 404 or 405.
  [[nodiscard]] engine::Task<> serve(ResponseWriter writer, Request request) const;
  /// This mux as a handler; it shares the patterns.
  operator Handler() const;  // NOLINT: a mux is a handler

  struct Segment {
    enum class Kind : uint8_t { kLiteral, kWildcard, kRest, kEnd };
    Kind kind = Kind::kLiteral;
    std::string text;  // a literal, or a wildcard's name
  };
  struct Pattern {
    std::string text;
    std::string method;  // empty: any
    std::string host;    // empty: any
    std::vector<Segment> segments;
    Handler handler;
  };

 private:
  struct Core : engine::Counted<Core> {
    std::deque<Pattern> patterns;  // running handlers live in them, so they stay where they are
  };
  struct Found {
    const Pattern* pattern = nullptr;
    std::map<std::string, std::string, std::less<>> values;
  };
  [[nodiscard]] Found find(std::string_view method, std::string_view host,
                           std::string_view path) const;

  engine::Ref<Core> core_;
};

/// `path` without empty, `.` and `..` segments; rooted; its last slash is kept. Source: Go's
/// cleanPath in net/http.
std::string clean_path(std::string_view path);

}  // namespace sim::http
