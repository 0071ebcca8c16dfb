<?php
// Stores what existing.js sealed: one line a submission, its time in front. `segel gather` makes an export of it.
// Put the file outside the web root; it holds nothing readable, but there is no reason to hand it out.
declare(strict_types=1);

$file = getenv('SEGEL_STORE') ?: __DIR__ . '/../../segel-store.txt';
$sealed = $_POST['segel'] ?? '';

if ($_SERVER['REQUEST_METHOD'] !== 'POST' || !is_string($sealed) || strlen($sealed) > 8 * 1024 * 1024) {
    http_response_code(400);
    exit('Kirim formulirnya, paling besar 8 MB.');
}
// A page whose script did not run sends nothing; anything else begins like a sealed submission.
if (!preg_match('~^[A-Za-z0-9+/]+={0,2}$~D', $sealed) || !str_starts_with((string) base64_decode($sealed, true), 'segel-envelope/')) {
    http_response_code(422);
    exit('Belum ada data yang terkunci. Muat ulang halaman, lalu coba lagi.');
}
$line = gmdate('Y-m-d\TH:i:s\Z') . ' ' . $sealed . "\n";
if (file_put_contents($file, $line, FILE_APPEND | LOCK_EX) !== strlen($line)) {
    http_response_code(500);
    exit('Belum tersimpan. Coba lagi.');
}
http_response_code(201);
echo 'Terima kasih. Pendaftaran Anda tersimpan, terkunci.';
