// sim/http/url.h: URLs, the targets of requests, and queries.
//
// Concept: a Url holds its parts as they stand in the text, still percent-encoded, so that what was
// parsed is written as it was; decoding is a step of its own. Promises: a text is a valid URL or it
// is refused; nothing is repaired.
// Source: RFC 3986; RFC 9112, section 3.2; Go documentation, `net/url` (Values, QueryEscape).
// Not modelled: international names and texts that are not ASCII, which must come encoded.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::http {

/// A URL or a reference to one, in parts. RFC 3986, section 3.
struct Url {
  /// In lower case; empty in a relative reference.
  std::string scheme;
  /// What stands before the @ of the authority.
  std::string userinfo;
  /// The host, and the port if one is given: `node1:80`, `[::1]:80`.
  std::string host;
  std::string path;
  std::string query;
  std::string fragment;
  /// Whether there is an authority, a query, a fragment, even if it is empty.
  bool has_authority = false;
  bool has_query = false;
  bool has_fragment = false;
  bool operator==(const Url&) const = default;

  /// The host without port and brackets.
  [[nodiscard]] std::string_view hostname() const;
  /// The port, or the usual one of the scheme, or 0.
  [[nodiscard]] std::uint16_t port() const;
  /// What a client asks the host for: path and query. Source: `URL.RequestURI`.
  [[nodiscard]] std::string request_target() const;
  /// RFC 3986, section 5.3.
  [[nodiscard]] std::string text() const;
};

/// The URL or relative reference that `text` is; empty if it is none.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);
/// Where `reference`, such as that of a Location, leads from `base`. The fragment is that of the
/// reference. RFC 3986, section 5.2.
[[nodiscard]] Url resolve_reference(const Url& base, const Url& reference);
/// Whether `text` is a host, perhaps with a port, as the field Host holds one. RFC 9110, section
/// 7.2. An empty text is none.
[[nodiscard]] bool is_host(std::string_view text);

/// The four ways in which a request names what it wants. RFC 9112, section 3.2.
enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

struct Target {
  TargetForm form = TargetForm::origin;
  /// Origin form has no host, authority form nothing else; the asterisk is the path.
  Url url;
  bool operator==(const Target&) const = default;
};

/// The target of a request; empty if the method cannot have it. User information is refused, as
/// RFC 9110, section 4.2.4 advises.
[[nodiscard]] std::optional<Target> parse_target(std::string_view method, std::string_view text);

/// `text` with each %XX replaced; empty if one is broken. Source: `url.PathUnescape`.
[[nodiscard]] std::optional<std::string> path_unescape(std::string_view text);
/// As path_unescape(), and a + is a space. Source: `url.QueryUnescape`.
[[nodiscard]] std::optional<std::string> query_unescape(std::string_view text);
/// `text` as one segment of a path. Source: `url.PathEscape`.
[[nodiscard]] std::string path_escape(std::string_view text);
/// `text` as a key or a value of a query. Source: `url.QueryEscape`.
[[nodiscard]] std::string query_escape(std::string_view text);

/// The keys of a query and their values. Source: `url.Values`.
class Values {
 public:
  /// The first value of `key`, or nothing.
  [[nodiscard]] std::string_view get(std::string_view key) const;
  /// All values of `key`, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
  void set(std::string_view key, std::string_view value);
  void add(std::string_view key, std::string_view value);
  void del(std::string_view key);

  [[nodiscard]] auto begin() const { return values_.begin(); }
  [[nodiscard]] auto end() const { return values_.end(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  bool operator==(const Values&) const = default;

  /// As a query, sorted by key.
  [[nodiscard]] std::string encode() const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// A query has at most this many parameters, as in Go.
inline constexpr std::int64_t kQueryParametersMax = 10000;

/// Adds the parameters of `query`. Those with a semicolon or a broken %XX are left out, and the
/// result is false, as it is when there are too many. Source: `url.ParseQuery`.
[[nodiscard]] bool parse_query(std::string_view query, Values& into);

}  // namespace sim::http
