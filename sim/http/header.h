// sim/http/header.h: the fields of a message, with the names and the order of Go's http.Header.
//
// Concept: a list of name and value in the order they were added; a name may be there several
// times. Names are kept in Go's canonical form, so `content-length` and `Content-Length` are one.
// Determinism: what is written depends only on what was added. Lifetime: texts that are returned
// live until the header is next changed.
// Source: RFC 9110, section 5; Go documentation, `net/http` (Header) and `net/textproto`.
// Not modelled: Go's keys without values (a nil slice), and the order of a Go map.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::http {

/// Whether `text` is a token: a method, the name of a field, a coding. RFC 9110, section 5.6.2.
[[nodiscard]] bool is_token(std::string_view text);
/// Whether `text` may be the value of a field: no control characters but tab, no space at an end.
/// RFC 9110, section 5.5.
[[nodiscard]] bool is_field_value(std::string_view text);
/// Whether the two are the same but for the case of their ASCII letters.
[[nodiscard]] bool equal_fold(std::string_view a, std::string_view b);
/// `text` without the spaces and tabs at its ends (optional whitespace, RFC 9110, section 5.6.3).
[[nodiscard]] std::string_view trim_space(std::string_view text);
/// The members of a comma-separated list, trimmed; also the empty ones.
[[nodiscard]] std::vector<std::string_view> list_members(std::string_view list);
/// `name` with a capital at its start and after each hyphen; as it is if it is no token. Source:
/// `http.CanonicalHeaderKey`.
[[nodiscard]] std::string canonical_header_key(std::string_view name);

/// One line of a header.
struct Field {
  std::string name;
  std::string value;
  bool operator==(const Field&) const = default;
};

/// The fields of a message. Every `name` may be in any case.
class Header {
 public:
  /// The first value of `name`, or nothing.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  /// All values of `name`, in the order they were added.
  [[nodiscard]] std::vector<std::string_view> values(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// Whether `token` is a member of the lists that are the values of `name`, in any case.
  [[nodiscard]] bool has_list_member(std::string_view name, std::string_view token) const;

  /// Adds a field at the end.
  void add(std::string_view name, std::string_view value);
  /// Makes `value` the only one of `name`, at the place of the first one.
  void set(std::string_view name, std::string_view value);
  /// Removes every field of that name.
  void del(std::string_view name);
  void clear() { fields_.clear(); }

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  bool operator==(const Header&) const = default;

  /// Appends a line for each field, sorted by name; those of one name stay in order. Line breaks in
  /// values become spaces, and names that are no tokens are left out, so that no value can add a
  /// line. `except` holds canonical names. Source: `http.Header.WriteSubset`.
  void append_sorted(std::string& out, std::span<const std::string_view> except = {}) const;

 private:
  std::vector<Field> fields_;
};

/// Appends `name: value` and the line's end; line breaks in the value become spaces.
void append_field(std::string& out, std::string_view name, std::string_view value);

}  // namespace sim::http
