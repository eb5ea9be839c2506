// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {OddWallet, OwnedWallet} from "../Wallets.sol";

/// @notice What a consent permits: each test changes one thing of a request that is allowed.
contract PermitsTest is LedgerBase {
    uint48 private constant FROM = START + 1 days;
    uint48 private constant UNTIL = START + 30 days;
    bytes32 private constant SILVA = keccak256("Practitioner/silva");

    uint256 private phoneKey = keyOf("phone 2");
    address private phone = addressOf("phone 2");
    uint32 private luzId;

    function setUp() public override {
        super.setUp();
        admit(aldhelm, 826);
        luzId = admit(luz, 620);
    }

    function terms() private view returns (IConsents.Consent memory) {
        return IConsents.Consent({
            subject: maria,
            epoch: 0,
            index: 300,
            grantee: luzId,
            recipient: 0,
            categories: 0x0f,
            sensitive: 0x03,
            purposes: 0x05,
            actions: 0x01,
            careFrom: type(int48).min,
            careUntil: type(int48).max,
            validFrom: FROM,
            validUntil: UNTIL,
            salt: keccak256("salt")
        });
    }

    function request() private view returns (IConsents.Request memory) {
        return IConsents.Request({
            grantee: luzId, recipient: SILVA, categories: 0x05, sensitive: 0x01, purpose: 0x04, action: 0x01, time: FROM
        });
    }

    function sign(IConsents.Consent memory consent) private view returns (bytes memory) {
        return signed(mariaKey, consents.digest(consent));
    }

    function allows(IConsents.Consent memory consent, bytes memory signature, IConsents.Request memory wanted)
        private
        view
    {
        isTrue(consents.permits(consent, signature, wanted), "permits");
        same(consents.check(consent, signature, wanted), consents.digest(consent), "check returns the id");
    }

    /// @dev `permits` says no, and `check` says why.
    function refuses(
        IConsents.Consent memory consent,
        bytes memory signature,
        IConsents.Request memory wanted,
        bytes memory reason
    ) private {
        isFalse(consents.permits(consent, signature, wanted), "permits");
        vm.expectRevert(reason);
        consents.check(consent, signature, wanted);
    }

    function refuses(IConsents.Request memory wanted, bytes memory reason) private {
        refuses(terms(), sign(terms()), wanted, reason);
    }

    function test_digest_isTheTypedDataHash() public view {
        IConsents.Consent memory consent = terms();
        bytes32 typeHash = keccak256(
            "Consent(address subject,uint32 epoch,uint32 index,uint32 grantee,bytes32 recipient,uint32 categories,uint16 sensitive,uint32 purposes,uint16 actions,int48 careFrom,int48 careUntil,uint48 validFrom,uint48 validUntil,bytes32 salt)"
        );
        bytes memory head = abi.encode(
            typeHash,
            consent.subject,
            consent.epoch,
            consent.index,
            consent.grantee,
            consent.recipient,
            consent.categories
        );
        bytes memory tail = abi.encode(
            consent.sensitive,
            consent.purposes,
            consent.actions,
            int256(consent.careFrom),
            int256(consent.careUntil),
            consent.validFrom,
            consent.validUntil,
            consent.salt
        );
        bytes32 expected = typedDigest("Anamnesis Consents", address(consents), keccak256(bytes.concat(head, tail)));
        same(consents.digest(consent), expected, "digest");
    }

    function test_permits_default() public view {
        allows(terms(), sign(terms()), request());
        allows(terms(), signedCompact(mariaKey, consents.digest(terms())), request());
    }

    function test_permits_anyPartOfTheTerms() public view {
        IConsents.Request memory wanted = request();
        wanted.categories = 0x0f;
        wanted.sensitive = 0x03;
        wanted.purpose = 0x01;
        wanted.recipient = 0;
        wanted.time = UNTIL - 1;
        allows(terms(), sign(terms()), wanted);
        wanted.sensitive = 0;
        allows(terms(), sign(terms()), wanted);
    }

    function test_check_revertsIfGranteeDiffers() public {
        IConsents.Request memory wanted = request();
        wanted.grantee = 1;
        refuses(
            wanted, abi.encodeWithSelector(IConsents.Consents_WrongGrantee.selector, consents.digest(terms()), luzId, 1)
        );
    }

    function test_check_revertsIfRecipientDiffers() public {
        IConsents.Consent memory consent = terms();
        consent.recipient = SILVA;
        allows(consent, sign(consent), request());
        bytes32[2] memory others = [bytes32(0), keccak256("Practitioner/other")];
        for (uint256 i = 0; i < 2; i++) {
            IConsents.Request memory wanted = request();
            wanted.recipient = others[i];
            bytes32 id = consents.digest(consent);
            refuses(
                consent,
                sign(consent),
                wanted,
                abi.encodeWithSelector(IConsents.Consents_WrongRecipient.selector, id, SILVA, others[i])
            );
        }
    }

    function test_check_revertsBeforeAndAfterTheValidity() public {
        bytes32 id = consents.digest(terms());
        IConsents.Request memory wanted = request();
        wanted.time = FROM - 1;
        refuses(wanted, abi.encodeWithSelector(IConsents.Consents_NotYetValid.selector, id, FROM, FROM - 1));
        wanted.time = UNTIL;
        refuses(wanted, abi.encodeWithSelector(IConsents.Consents_Expired.selector, id, UNTIL, UNTIL));
    }

    function test_check_revertsIfNothingIsAskedFor() public {
        bytes32 id = consents.digest(terms());
        bytes4 selector = IConsents.Consents_InvalidRequest.selector;
        IConsents.Request memory wanted = request();
        wanted.categories = 0;
        refuses(wanted, abi.encodeWithSelector(selector, id, 0, 0x04, 0x01));
        wanted = request();
        wanted.purpose = 0;
        refuses(wanted, abi.encodeWithSelector(selector, id, 0x05, 0, 0x01));
        wanted.purpose = 0x05;
        refuses(wanted, abi.encodeWithSelector(selector, id, 0x05, 0x05, 0x01));
        wanted = request();
        wanted.action = 0;
        refuses(wanted, abi.encodeWithSelector(selector, id, 0x05, 0x04, 0));
    }

    function test_check_revertsIfNotCovered() public {
        bytes32 id = consents.digest(terms());
        IConsents.Request memory wanted = request();
        wanted.categories = 0x91;
        refuses(wanted, abi.encodeWithSelector(IConsents.Consents_CategoriesNotCovered.selector, id, 0x90));
        wanted = request();
        wanted.sensitive = 0x07;
        refuses(wanted, abi.encodeWithSelector(IConsents.Consents_SensitiveNotCovered.selector, id, 0x04));
        wanted = request();
        wanted.purpose = 0x02;
        refuses(wanted, abi.encodeWithSelector(IConsents.Consents_PurposeNotCovered.selector, id, 0x02));
        wanted = request();
        wanted.action = 0x03;
        refuses(wanted, abi.encodeWithSelector(IConsents.Consents_ActionNotCovered.selector, id, 0x02));
    }

    function test_check_revertsIfRevoked() public {
        bytes memory signature = sign(terms());
        vm.prank(maria);
        consents.revoke(maria, 299);
        allows(terms(), signature, request());
        vm.prank(maria);
        consents.revoke(maria, 300);
        bytes32 id = consents.digest(terms());
        refuses(request(), abi.encodeWithSelector(IConsents.Consents_Revoked.selector, id, maria, 300));
    }

    function test_check_revertsIfAllRevoked() public {
        vm.prank(maria);
        subjects.revokeAll(maria);
        bytes32 id = consents.digest(terms());
        refuses(request(), abi.encodeWithSelector(IConsents.Consents_WrongEpoch.selector, id, 0, 1));

        IConsents.Consent memory renewed = terms();
        renewed.epoch = 1;
        allows(renewed, sign(renewed), request());
    }

    function test_check_revertsIfSignedForAnEpochToCome() public {
        IConsents.Consent memory consent = terms();
        consent.epoch = 1;
        bytes32 id = consents.digest(consent);
        refuses(
            consent, sign(consent), request(), abi.encodeWithSelector(IConsents.Consents_WrongEpoch.selector, id, 1, 0)
        );
    }

    function test_check_revertsIfSignedByARetiredKey() public {
        vm.prank(maria);
        subjects.rotate(maria, phone);
        IConsents.Consent memory consent = terms();
        consent.epoch = 1;
        bytes32 id = consents.digest(consent);
        bytes memory reason = abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, phone);
        refuses(consent, signed(mariaKey, id), request(), reason);
        allows(consent, signed(phoneKey, id), request());
    }

    function test_check_revertsIfTermsWereChanged() public {
        bytes memory signature = sign(terms());
        IConsents.Consent memory wider = terms();
        wider.validUntil = UNTIL + 1;
        bytes32 id = consents.digest(wider);
        refuses(
            wider, signature, request(), abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, maria)
        );
    }

    function test_check_revertsOnAnotherChain() public {
        bytes memory signature = sign(terms());
        vm.chainId(1);
        bytes32 id = consents.digest(terms());
        refuses(
            terms(),
            signature,
            request(),
            abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, maria)
        );
    }

    function test_check_revertsIfUnsigned() public {
        bytes32 id = consents.digest(terms());
        bytes memory reason = abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, maria);
        refuses(terms(), "", request(), reason);
        refuses(terms(), new bytes(64), request(), reason);
        IConsents.Consent memory nobody = terms();
        nobody.subject = address(0);
        id = consents.digest(nobody);
        reason = abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, address(0));
        refuses(nobody, new bytes(65), request(), reason);
    }

    function test_check_revertsIfGranteeIsSuspendedOrUnknown() public {
        vm.prank(council);
        directory.suspend(luzId);
        bytes32 id = consents.digest(terms());
        refuses(request(), abi.encodeWithSelector(IConsents.Consents_InactiveGrantee.selector, id, luzId));
        vm.prank(council);
        directory.reinstate(luzId);
        allows(terms(), sign(terms()), request());

        IConsents.Consent memory consent = terms();
        consent.grantee = 0;
        IConsents.Request memory wanted = request();
        wanted.grantee = 0;
        id = consents.digest(consent);
        bytes memory reason = abi.encodeWithSelector(IConsents.Consents_InactiveGrantee.selector, id, 0);
        refuses(consent, sign(consent), wanted, reason);
    }

    function test_permits_acceptsAContractWallet() public {
        IConsents.Consent memory consent = terms();
        consent.subject = address(new OwnedWallet(phone));
        allows(consent, signed(phoneKey, consents.digest(consent)), request());
        isFalse(consents.permits(consent, sign(consent), request()), "another key");
    }

    function test_permits_refusesAWalletThatAnswersOddly() public {
        bytes[5] memory answers =
            [bytes(""), hex"1626ba7e", abi.encode(false), abi.encode(true), abi.encode(uint256(0x1626ba7e))];
        for (uint256 i = 0; i < answers.length; i++) {
            IConsents.Consent memory consent = terms();
            consent.subject = address(new OddWallet(answers[i]));
            isFalse(consents.permits(consent, sign(consent), request()), "odd answer");
        }
    }
}
