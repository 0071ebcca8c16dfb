#!/bin/sh
# /usr/local/bin/segel-notify: tells somebody that something arrived, by mail or by a message. An example for `hook` in segel.toml:
#   hook = "/usr/local/bin/segel-notify"
# The server runs it at most once a minute for each form, with SEGEL_FORM (the form's name) and SEGEL_WHAT (submission or statement) in its
# environment, and knows no more to tell than that something waits: what arrived is sealed.
set -eu

# Fill in one of the two, or both; what is empty is not used.
# Who gets a mail. It is handed to the machine's own mailer (sendmail, as Postfix, Exim, msmtp and others bring it).
MAIL_TO=""
# Where a message is posted: an address of ntfy (https://ntfy.sh/A-NAME-THAT-NOBODY-GUESSES) or of a webhook that takes plain text.
POST_TO=""

if [ -z "$MAIL_TO$POST_TO" ]; then
    echo "neither MAIL_TO nor POST_TO is filled in" >&2
    exit 1
fi

case "${SEGEL_WHAT:?}" in
statement)
    title="Segel: permintaan pelanggan / a customer's request"
    text="Formulir / form ${SEGEL_FORM:?}: ada penarikan persetujuan atau permintaan hapus; ambil dalam 72 jam dengan segel pull.
A consent was withdrawn or a deletion asked for; fetch it within 72 hours with segel pull."
    ;;
*)
    title="Segel: pendaftaran baru / a new registration"
    text="Formulir / form ${SEGEL_FORM:?}: ada pendaftaran baru; ambil dengan segel pull.
Something new waits; fetch it with segel pull."
    ;;
esac

if [ -n "$MAIL_TO" ]; then
    # Exit status of the mailer: where it fails, the server's log says event=hook.
    printf 'To: %s\nSubject: %s\nContent-Type: text/plain; charset=utf-8\n\n%s\n' "$MAIL_TO" "$title" "$text" | "${SENDMAIL:-/usr/sbin/sendmail}" -t
fi
if [ -n "$POST_TO" ]; then
    # Ended before the server's own 30 seconds are over, so that the log names the cause.
    curl --fail --silent --show-error --max-time 20 --header "Title: $title" --data-binary "$text" "$POST_TO" >/dev/null
fi
