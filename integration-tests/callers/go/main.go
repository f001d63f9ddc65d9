// Caller shows how a Go program uses Latchkey's identity service: people and passwords, errors that
// say what to do, and deadlines. It prints a line for each thing that it has seen. It says who it is
// by a certificate, or as an app by tokens of its own, which it gets with CLIENT_ID and CLIENT_SECRET.
//
//	go run . [-ca ca.pem [-cert me.pem -key me.key]] [-token-url URL] 127.0.0.1:50051
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	code_pb "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	identity "latchkey.example/callers/go/gen/latchkey/identity/v1"
)

// What a call may take. Without a deadline the server gives up after 30 seconds.
const patience = 10 * time.Second

const password = "correct horse battery staple"

func main() {
	log.SetFlags(0)
	ca := flag.String("ca", "", "certificates that the server's is checked against; none: plaintext")
	cert := flag.String("cert", "", "the certificate that says who calls")
	key := flag.String("key", "", "its key")
	tokenURL := flag.String("token-url", "", "Hydra's /oauth2/token; none: no token is shown")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("one argument: the address of identity, such as 127.0.0.1:50051")
	}
	transport, err := transport(*ca, *cert, *key)
	if err != nil {
		log.Fatal(err)
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(transport)}
	if *tokenURL != "" {
		options = append(options, grpc.WithPerRPCCredentials(tokens(*tokenURL)))
	}
	conn, err := grpc.NewClient(flag.Arg(0), options...)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	people, sign := identity.NewUserServiceClient(conn), identity.NewCredentialServiceClient(conn)
	for _, step := range []func() error{
		func() error { return create(people) },
		func() error { return verify(sign) },
		func() error { return update(people) },
		func() error { return list(people) },
		func() error { return late(people) },
		func() error { return guess(sign) },
	} {
		if err := step(); err != nil {
			log.Fatal(err)
		}
	}
}

func transport(ca, cert, key string) (credentials.TransportCredentials, error) {
	if ca == "" {
		return insecure.NewCredentials(), nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate", ca)
	}
	config := &tls.Config{RootCAs: roots}
	if cert != "" {
		me, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{me}
	}
	return credentials.NewTLS(config), nil
}

// Bearer shows an access token with each call.
type bearer struct{ oauth2.TokenSource }

// Tokens are asked for when the first call is made, and anew before they end.
func tokens(url string) bearer {
	app := clientcredentials.Config{
		ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"), TokenURL: url,
		Scopes: []string{"identity.users", "identity.verify"}, AuthStyle: oauth2.AuthStyleInParams,
	}
	return bearer{app.TokenSource(context.Background())}
}

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	token, err := b.Token()
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token.AccessToken}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

// A request id makes it safe to ask again: nobody is added twice.
func create(people identity.UserServiceClient) error {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	ask := &identity.CreateUserRequest{
		Email: "go1@example.com", DisplayName: "Go", Password: password, RequestId: rand.Text(),
	}
	first, err := people.CreateUser(ctx, ask)
	if err != nil {
		return err
	}
	again, err := people.CreateUser(ctx, ask)
	if err != nil {
		return err
	}
	fmt.Println("created:", first.User.Email, first.User.Etag)
	if first.User.Subject == again.User.Subject {
		fmt.Println("asked again: the same person")
	}

	ask = &identity.CreateUserRequest{Email: "nobody", DisplayName: "Go", Password: "short"}
	_, err = people.CreateUser(ctx, ask)
	reason, details := explain(err)
	fmt.Println("invalid:", reason)
	for _, violation := range details.fields {
		fmt.Println("  field:", violation.Field)
	}
	return nil
}

// A wrong password is an answer, not an error.
func verify(sign identity.CredentialServiceClient) error {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	for _, typed := range []string{password, "wrong"} {
		answer, err := sign.VerifyCredentials(ctx, &identity.VerifyCredentialsRequest{
			Identifier: "GO1@example.com", Password: typed,
			Context: &identity.AttemptContext{Ip: "192.0.2.1", UserAgent: "caller"},
		})
		if err != nil {
			return err
		}
		if verified := answer.GetVerified(); verified != nil {
			fmt.Println("verified:", strings.Join(verified.Amr, " "))
		} else {
			fmt.Println("rejected:", answer.GetRejected().Reason)
		}
	}
	return nil
}

// An etag protects what somebody else wrote meanwhile.
func update(people identity.UserServiceClient) error {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	found, err := people.ListUsers(ctx, &identity.ListUsersRequest{
		Filter: &identity.UserFilter{Identifier: "go1@example.com"},
	})
	if err != nil {
		return err
	}
	if len(found.Users) != 1 {
		return errors.New("nobody is there")
	}
	user := found.Users[0]
	user.DisplayName = "Gopher"
	ask := &identity.UpdateUserRequest{
		User: user, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name"}},
	}
	updated, err := people.UpdateUser(ctx, ask)
	if err != nil {
		return err
	}
	fmt.Println("updated:", updated.User.DisplayName, updated.User.Etag)
	_, err = people.UpdateUser(ctx, ask)
	reason, _ := explain(err)
	fmt.Println("seen before that:", code(err), reason)
	return nil
}

func list(people identity.UserServiceClient) error {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	for number := 2; number <= 5; number++ {
		ask := &identity.CreateUserRequest{
			Email: fmt.Sprintf("go%d@example.com", number), DisplayName: "Go", Password: password,
		}
		if _, err := people.CreateUser(ctx, ask); err != nil {
			return err
		}
	}
	filter, pages, users, token := &identity.UserFilter{EmailPrefix: "go"}, 0, 0, ""
	for {
		page, err := people.ListUsers(ctx, &identity.ListUsersRequest{
			PageSize: 2, PageToken: token, Filter: filter,
		})
		if err != nil {
			return err
		}
		pages, users, token = pages+1, users+len(page.Users), page.NextPageToken
		if token == "" {
			fmt.Println("listed:", users, "people on", pages, "pages")
			return nil
		}
	}
}

// The deadline travels with the call: the server begins nothing that would be late.
func late(people identity.UserServiceClient) error {
	ctx, done := context.WithTimeout(context.Background(), time.Millisecond)
	defer done()
	_, err := people.CreateUser(ctx, &identity.CreateUserRequest{
		Email: "go6@example.com", DisplayName: "Go", Password: password,
	})
	fmt.Println("too late:", code(err))
	return nil
}

// Whoever fails too often has to wait, and is told for how long.
func guess(sign identity.CredentialServiceClient) error {
	for range 100 {
		ctx, done := context.WithTimeout(context.Background(), patience)
		_, err := sign.VerifyCredentials(ctx, &identity.VerifyCredentialsRequest{
			Identifier: "go2@example.com", Password: "wrong",
			Context: &identity.AttemptContext{Ip: "192.0.2.2"},
		})
		done()
		if err != nil {
			reason, details := explain(err)
			seconds := math.Ceil(details.wait.Seconds())
			fmt.Println("guessed too often:", code(err), reason, "for", seconds, "s")
			return nil
		}
	}
	return errors.New("a hundred guesses were looked at")
}

type details struct {
	fields []*errdetails.BadRequest_FieldViolation
	wait   time.Duration
}

// Code is the status as the gRPC protocol writes it.
func code(err error) code_pb.Code {
	return code_pb.Code(status.Code(err))
}

// Explain reads the google.rpc details of an error. Programs go by the reason: texts may change.
func explain(err error) (reason string, found details) {
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reason = detail.Reason
		case *errdetails.BadRequest:
			found.fields = detail.FieldViolations
		case *errdetails.RetryInfo:
			found.wait = detail.RetryDelay.AsDuration()
		}
	}
	return reason, found
}
