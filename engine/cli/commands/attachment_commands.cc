// attach, attachments, download, detach: files of a case sent, listed, fetched and removed.
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/private_file.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

using Stub = v1::Attachments::Stub;

constexpr std::size_t kPieceBytes = 64 * 1024;

void show_files(const google::protobuf::RepeatedPtrField<v1::Attachment>& attachments,
                const Output& output) {
  if (output.json()) {
    v1::Case list;
    *list.mutable_attachments() = attachments;
    output.document(list);
    return;
  }
  Table table({"編號 Id", "名稱 Name", "類型 Type", "位元組 Bytes", "加入 Added", "加入者 By"});
  for (const v1::Attachment& one : attachments) {
    table.add({std::to_string(one.id()), one_line(one.name()), one_line(one.media_type()),
               std::to_string(one.bytes()), output.time(to_ms(one.add_time())),
               one_line(one.added_by())});
  }
  output.out() << table.text();
}

// Sends one file; a stream is ended by the engine as soon as it refuses what comes.
grpc::Status upload(Session& session, const v1::AttachmentToCome& file, std::istream& content,
                    v1::Attachment* added) {
  grpc::ClientContext context;
  session.prepare(context, Patience::kEndless);
  const auto stream = session.attachments().UploadAttachment(&context, added);
  v1::UploadAttachmentRequest request;
  *request.mutable_file() = file;
  bool goes_on = stream->Write(request);
  std::string piece(kPieceBytes, '\0');
  while (goes_on && content) {
    content.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    request.set_chunk(piece.data(), static_cast<std::size_t>(content.gcount()));
    if (content.gcount() > 0) goes_on = stream->Write(request);
  }
  stream->WritesDone();
  return stream->Finish();
}

// `added`: files that went before. The same key goes on behind them, whatever was wrong with this one.
int stopped_at(Session& session, const grpc::Status& status, std::size_t added) {
  if (added == 0 || session.output().json()) return session.fail(status, session.request_id());
  const int code = session.fail(status);
  session.output().err() << "  前 " << added << " 個檔案已加入；其餘請加上 --request-id "
                         << session.request_id()
                         << " 再送，已加入者不會重複 the files before it are added; the same key "
                            "goes on behind them\n";
  return code;
}

void add_attach(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string number;
    std::vector<std::string> files;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("attach", "附加檔案 add files to a case");
  command->add_option("case_number", typed->number, "案號 case number, in one word")->required();
  command->add_option("files", typed->files, "檔案 photographs, documents, sound")->required();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::AttachmentToCome file;
      file.set_case_number(read.case_number({typed->number}));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::Case list;
      for (std::size_t i = 0; i < typed->files.size(); ++i) {
        const std::string& path = typed->files[i];
        std::ifstream content(path, std::ios::binary);
        std::error_code error;
        const std::uintmax_t bytes = std::filesystem::file_size(path, error);
        if (!content || error) return session.refuse("無法讀取檔案 cannot read " + path);
        file.set_name(std::filesystem::path(path).filename().string());
        file.set_bytes(bytes);
        file.set_request_id(session.request_id() + (i == 0 ? "" : "." + std::to_string(i)));
        const grpc::Status status = upload(session, file, content, list.add_attachments());
        if (!status.ok()) return stopped_at(session, status, i);
      }
      show_files(list.attachments(), session.output());
      return static_cast<int>(kExitOk);
    };
  });
}

void add_attachments(CLI::App& app, CommandLine& line) {
  auto number = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("attachments", "附件清單 the files of a case");
  add_case_number(*command, *number);
  command->callback([&line, number] {
    line.command = [number](Session& session) {
      return show_case(session, *number, [&output = session.output()](const v1::Case& view) {
        show_files(view.attachments(), output);
      });
    };
  });
}

void add_download(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string number, file;
    std::uint32_t attachment = 0;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "download", "下載附件，留下紀錄 fetch a file of a case; goes on the audit trail");
  command->add_option("case_number", typed->number, "案號 case number, in one word")->required();
  command->add_option("id", typed->attachment, "附件編號 as attachments lists it")->required();
  command->add_option("--out", typed->file, "存成 a new file")->required();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::DownloadAttachmentRequest request;
      request.set_case_number(read.case_number({typed->number}));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      request.set_attachment(typed->attachment);
      grpc::ClientContext context;
      session.prepare(context, Patience::kEndless);
      const auto stream = session.attachments().DownloadAttachment(&context, request);
      v1::DownloadAttachmentResponse response;
      PrivateFile file;
      v1::Attachment attachment;
      std::string problem;
      bool made = false;
      while (problem.empty() && stream->Read(&response)) {
        if (response.has_attachment()) {
          attachment = response.attachment();
          made = file.create(typed->file, &problem);
        } else if (made) {
          file.bytes(response.chunk());
        }
      }
      if (!problem.empty()) context.TryCancel();
      const grpc::Status status = stream->Finish();
      if (made && !file.finish(&problem)) made = false;
      if (made && !status.ok()) std::filesystem::remove(typed->file);
      if (!problem.empty()) return session.refuse(problem);
      if (!status.ok()) return session.fail(status);
      const Output& output = session.output();
      return output.show(attachment, one_line(attachment.name()) + "  " + attachment.media_type() +
                                         "  " + std::to_string(attachment.bytes()) + " → " +
                                         typed->file + "\n");
    };
  });
}

void add_detach(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string number, reason, etag;
    std::uint32_t attachment = 0;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("detach", "移除附件 remove a file from a case, for good");
  command->add_option("case_number", typed->number, "案號 case number, in one word")->required();
  command->add_option("id", typed->attachment, "附件編號 as attachments lists it")->required();
  command->add_option("--reason", typed->reason, "事由 why")->required();
  command->add_option("--etag", typed->etag,
                      "只在案件未被異動時 only while the case is as it was read");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::RemoveAttachmentRequest request;
      request.set_attachment(typed->attachment);
      request.set_reason(typed->reason);
      return change_case(session, session.attachments(), &Stub::RemoveAttachment,
                         std::move(request), {{typed->number}, typed->etag}, read);
    };
  });
}

}  // namespace

void add_attachment_commands(CLI::App& app, CommandLine& line) {
  add_attach(app, line);
  add_attachments(app, line);
  add_download(app, line);
  add_detach(app, line);
}

}  // namespace casewheel::cli
