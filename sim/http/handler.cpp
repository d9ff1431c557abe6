#include "sim/http/handler.h"

#include "sim/http/message.h"

namespace sim::http {
namespace {

class TextSource final : public Body::Source {
 public:
  explicit TextSource(std::string text) : rest_(net::Bytes::adopt(std::move(text))) {}
  engine::Task<net::ReadResult> read() override {
    net::ReadResult result;
    if (rest_.empty()) {
      result.error = net::kEof;
    } else {
      result.bytes = std::exchange(rest_, {});
    }
    co_return result;
  }

 private:
  net::Bytes rest_;
};

engine::Task<net::ReadResult> nothing() {
  co_return net::ReadResult{{}, net::kEof};
}

// Source: Go's `htmlEscape` in net/http.
std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

Body Body::of(std::string text) {
  if (text.empty()) return {};
  return Body(engine::Ref<Source>(new TextSource(std::move(text))));
}

engine::Task<net::ReadResult> Body::read() const {
  return source_ ? source_->read() : nothing();
}

engine::Task<Body::All> Body::read_all(uint64_t most) const {
  // A copy in the frame: the handle may be gone before the body has ended.
  return [](Body body, uint64_t limit) -> engine::Task<All> {
    All all;
    while (true) {
      net::ReadResult piece = co_await body.read();
      all.text += piece.bytes.view();
      if (all.text.size() > limit) {
        all.text.resize(static_cast<size_t>(limit));
        all.error = kBodyTooLarge;
        break;
      }
      if (!piece.error) continue;
      if (!(piece.error == engine::Error(net::kEof))) all.error = piece.error;
      break;
    }
    co_return all;
  }(*this, most);
}

engine::Task<> answer_error(ResponseWriter writer, std::string text, int status) {
  Header& header = writer.header();
  header.del("Content-Length");
  header.set("Content-Type", "text/plain; charset=utf-8");
  header.set("X-Content-Type-Options", "nosniff");
  writer.write_header(status);
  static_cast<void>(co_await writer.write(text + "\n"));
}

engine::Task<> not_found(ResponseWriter writer, Request /*request*/) {
  return answer_error(std::move(writer), "404 page not found", 404);
}

engine::Task<> redirect(ResponseWriter writer, Request request, std::string url, int status) {
  Header& header = writer.header();
  const bool has_type = header.has("Content-Type");
  header.set("Location", url);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!has_type && reads) header.set("Content-Type", "text/html; charset=utf-8");
  writer.write_header(status);
  if (!has_type && request.method == "GET") {
    std::string body = "<a href=\"" + html_escape(url) + "\">";
    body += status_text(status);
    body += "</a>.\n\n";
    static_cast<void>(co_await writer.write(std::move(body)));
  }
}

}  // namespace sim::http
