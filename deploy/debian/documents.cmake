# Man pages and shell completions, as the programs write them themselves; a program that does not know the
# option leaves none. Runs at the installation, which is when the package is built.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")

function(written_by program option file)
  execute_process(COMMAND ${CASEWHEEL_${program}} ${option} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_QUIET)
  if(code EQUAL 0 AND text)
    file(WRITE ${root}/${file} "${text}")
    message(STATUS "Installing: ${root}/${file}")
  endif()
endfunction()

function(packed file)
  if(EXISTS ${root}/${file})
    execute_process(COMMAND gzip -9nf ${root}/${file} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

written_by(DAEMON "--man" usr/share/man/man8/casewheeld.8)
written_by(CLI "--man" usr/share/man/man1/casewheel.1)
written_by(CLI "--completion;bash" usr/share/bash-completion/completions/casewheel)
written_by(CLI "--completion;zsh" usr/share/zsh/vendor-completions/_casewheel)
written_by(CLI "--completion;fish" usr/share/fish/vendor_completions.d/casewheel.fish)
packed(usr/share/man/man8/casewheeld.8)
packed(usr/share/man/man1/casewheel.1)
