# Bahasa ini sendiri, sebagaimana penuturnya menyebutnya, dan judul daftar bahasa
language-name = Bahasa Indonesia
languages = Bahasa

# Masuk
login-title = Masuk
login-title-problem = Kesalahan: Masuk
login-lead = untuk melanjutkan ke { $app }
login-identifier = Email atau nama pengguna
login-password = Kata sandi
login-show-password = Tampilkan kata sandi
login-remember = Ingat saya di perangkat ini
login-accept = Masuk
login-reject = Batal
login-problem-wrong-credentials = Email dan kata sandi tidak cocok. Silakan periksa keduanya, lalu coba lagi.
login-problem-throttled-seconds = Terlalu banyak percobaan masuk yang gagal. Demi keamanan Anda, mohon tunggu { $count } detik sebelum mencoba lagi.
login-problem-throttled-minutes = Terlalu banyak percobaan masuk yang gagal. Demi keamanan Anda, mohon tunggu { $count } menit sebelum mencoba lagi.
login-problem-throttled-hours = Terlalu banyak percobaan masuk yang gagal. Demi keamanan Anda, mohon tunggu { $count } jam sebelum mencoba lagi.
login-problem-busy = Saat ini banyak sekali orang yang sedang masuk. Silakan coba lagi dalam beberapa detik.
login-problem-down = Saat ini kata sandi Anda tidak dapat diperiksa. Tidak ada yang hilang; silakan coba lagi sebentar lagi.
login-problem-other-account = Aplikasi mengharapkan akun lain dari yang Anda gunakan. Silakan masuk dengan akun itu, atau batalkan untuk kembali ke aplikasi.

# Persetujuan
consent-title = { $app } meminta akses
consent-person = Anda masuk sebagai { $person }
consent-scopes = Izinkan { $app } untuk:
consent-always = Selalu menjadi bagian dari proses masuk
consent-remember = Jangan tanya saya lagi untuk aplikasi ini
consent-new = baru
consent-policy = Kebijakan privasi { $app }
consent-terms = Ketentuan { $app }
consent-other = Gunakan akun lain
consent-accept = Izinkan
consent-reject = Tolak

# Aplikasi ini hanya untuk kelompok tertentu
turned-away-title = { $app } tidak terbuka untuk akun ini
turned-away-text = Hanya kelompok tertentu yang boleh menggunakan { $app }, dan akun ini tidak termasuk di dalamnya. Kata sandi Anda tidak bermasalah. Jika Anda memerlukan aplikasi ini, mintalah pemilik aplikasi atau administrator Anda untuk memasukkan Anda ke dalam kelompok.

# Keluar
logout-title = Keluar?
logout-lead = Anda akan keluar dari sini dan dari aplikasi yang Anda buka dari sini.
logout-app = { $app } meminta Anda keluar.
logout-accept = Keluar
logout-everywhere = Keluar dari semua perangkat
logout-reject = Tetap masuk

# Aplikasi dan sesi
apps-title = Aplikasi yang punya akses
apps-revoke = Cabut akses { $app }
apps-none = Tidak ada aplikasi yang punya akses ke akun Anda.
sessions-title = Tempat Anda masuk
sessions-unknown = Perangkat tak dikenal
sessions-this = perangkat ini
sessions-device = { $browser } di { $system }
sessions-began = Masuk
sessions-used = terakhir dipakai
ago-now = baru saja
ago-minutes = { $count } menit yang lalu
ago-hours = { $count } jam yang lalu
ago-days = { $count } hari yang lalu

# Langkah berikutnya
to-the-app = Ke aplikasi
go-on = Lanjutkan
try-again = Coba lagi
trace = Jika Anda meminta bantuan, sebutkan nomor ini:

# Tautan di bawah setiap halaman, jika organisasi memilikinya
link-help = Bantuan
link-privacy = Privasi
link-terms = Ketentuan penggunaan
link-imprint = Informasi penyedia
link-accessibility = Aksesibilitas

# Pesan
message-no-page-title = Halaman ini tidak ada
message-no-page-text = Silakan kembali ke aplikasi yang ingin Anda gunakan, lalu masuk dari sana.
message-unknown-challenge-title = Proses masuk ini tidak ditemukan
message-unknown-challenge-text = Alamatnya tidak lengkap, atau proses masuk sudah selesai. Silakan kembali ke aplikasi yang ingin Anda gunakan, lalu masuk dari sana.
message-expired-title = Waktunya habis
message-expired-text = Demi keamanan Anda, proses masuk hanya terbuka selama beberapa menit. Silakan mulai lagi dari aplikasi yang ingin Anda gunakan.
message-answered-title = Proses masuk ini sudah selesai
message-answered-text = Anda sudah menjawab, dan tidak ada yang berubah sejak itu. Kembalilah ke aplikasi yang ingin Anda gunakan.
message-too-weak-title = Aplikasi ini meminta cara masuk yang lebih kuat
message-too-weak-text = Anda telah membuktikan siapa Anda, tetapi aplikasi meminta lebih dari sekadar kata sandi, dan belum ada yang lain yang disiapkan untuk Anda di sini. Silakan hubungi pemilik aplikasi.
message-foreign-form-title = Formulir ini tidak dapat dipakai
message-foreign-form-text = Formulir ini dibuat untuk peramban lain, atau kuki diblokir. Izinkan kuki untuk situs ini, kembali ke aplikasi yang ingin Anda gunakan, lalu masuk dari sana.
message-bad-form-title = Formulir ini tidak dapat dibaca
message-bad-form-text = Ada bagian yang hilang atau berubah dalam pengiriman, jadi tidak ada izin yang diberikan. Silakan kembali ke aplikasi, lalu masuk dari sana.
message-down-title = Mohon tunggu sebentar
message-down-text = Sebagian layanan masuk sedang tidak dapat dijangkau. Tidak ada yang hilang; silakan coba lagi dalam beberapa detik.
message-broken-title = Terjadi kesalahan di pihak kami
message-broken-text = Anda tidak melakukan kesalahan. Silakan coba lagi nanti, dan beri tahu administrator Anda jika hal ini terjadi lagi.
message-signing-out-title = Sedang keluar
message-signing-out-text = Ini hanya sebentar.
message-logged-out-title = Anda sudah keluar
message-logged-out-text = Anda dapat menutup jendela ini.
message-still-signed-in-title = Anda masih masuk
message-still-signed-in-text = Tidak ada yang berubah. Anda dapat menutup jendela ini.

# Kesalahan yang dikirim Hydra ke sini
message-error-access-denied-title = Akses tidak diberikan
message-error-access-denied-text = Proses masuk ditolak atau terhenti. Silakan kembali ke aplikasi yang ingin Anda gunakan, lalu masuk lagi.
message-error-client-title = Aplikasi ini tidak dikenal di sini
message-error-client-text = Aplikasi tidak terdaftar untuk layanan masuk ini, atau pendaftarannya telah berubah. Mohon beri tahu pemilik aplikasi.
message-error-request-title = Permintaan aplikasi tidak dapat dipahami
message-error-request-text = Proses masuk tidak dapat dimulai. Silakan kembali ke aplikasi dan coba sekali lagi. Jika terjadi lagi, mohon beri tahu pemilik aplikasi.
message-error-unsupported-title = Aplikasi meminta terlalu banyak
message-error-unsupported-text = Aplikasi meminta sesuatu yang tidak boleh dimilikinya. Mohon beri tahu pemilik aplikasi.
message-error-login-required-title = Anda harus masuk terlebih dahulu
message-error-login-required-text = Aplikasi ingin melanjutkan tanpa menampilkan halaman kepada Anda. Silakan kembali ke aplikasi, lalu masuk dari sana.
message-error-server-title = Proses masuk tidak dapat diselesaikan
message-error-server-text = Terjadi kesalahan di pihak kami. Silakan kembali ke aplikasi dan coba sekali lagi sebentar lagi.
message-error-access-denied-owner = Untuk pemilik aplikasi: access_denied. Orang itu atau sebuah aturan menolak; aplikasinya tidak bermasalah.
message-error-client-owner = Untuk pemilik aplikasi: cocokkan id klien dan alamat pengalihan dengan pendaftarannya.
message-error-request-owner = Untuk pemilik aplikasi: permintaan tidak lengkap atau salah. Rinciannya ada di log Hydra.
message-error-unsupported-owner = Untuk pemilik aplikasi: aplikasi tidak terdaftar untuk izin atau jenis jawaban yang dimintanya.
message-error-login-required-owner = Untuk pemilik aplikasi: permintaan memakai prompt=none, padahal belum ada yang masuk atau menyetujui. Mintalah lagi tanpa itu.
message-error-server-owner = Untuk pemilik aplikasi: aplikasinya tidak bermasalah. Penyebabnya ada di log Hydra.
message-error-interrupted-title = Proses masuk terputus
message-error-interrupted-text = Sementara itu proses masuk lain dimulai di peramban ini, atau peramban tidak menyimpan kuki. Kembalilah ke aplikasi yang ingin Anda gunakan, lalu masuk dari sana.
message-error-interrupted-owner = Untuk pemilik aplikasi: request_forbidden. Kuki Hydra bukan milik permintaan ini.
message-error-late-title = Ini terlalu lama
message-error-late-text = Demi keamanan Anda, proses masuk hanya terbuka beberapa menit. Kembalilah ke aplikasi yang ingin Anda gunakan, lalu masuk dari sana.
message-error-late-owner = Untuk pemilik aplikasi: request_unauthorized. Permintaan sudah kedaluwarsa; buatlah yang baru.
message-error-weak-title = Permintaan aplikasi tidak aman
message-error-weak-text = Aplikasi tidak cukup melindungi proses masuk, sehingga proses itu tidak dapat dimulai. Silakan beri tahu pemilik aplikasi.
message-error-weak-owner = Untuk pemilik aplikasi: state dan nonce perlu paling sedikit 8 karakter acak; lebih baik 32.
message-error-setup-title = Proses masuk ini belum diatur dengan benar
message-error-setup-text = Anda tidak melakukan kesalahan. Silakan beri tahu administrator Anda.
message-error-setup-owner = Untuk pengelola: Hydra melaporkan kesalahan pengaturan. Rinciannya ada di log Hydra.
